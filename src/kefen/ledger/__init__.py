"""The ledger: dated facts about customers, in Delta tables under one folder."""
