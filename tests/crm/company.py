"""A company of five customers, small enough to grade by hand.

Sales over 2025, in all 10,000: C1 8,000 (80 %: the top, so A), C2 1,500 (95 %: B), C3 400
(99 %: C), C5 100 (100 %: C); C4 bought nothing and is unrated.
"""

from __future__ import annotations

import polars as pl

AS_OF = "2026-01-01"

CUSTOMERS = pl.DataFrame(
    {
        "customer_id": ["C1", "C2", "C3", "C4", "C5"],
        "name": ["上海明达贸易有限公司", "重庆机电厂", "Acme Tools", "北京新客", "=1+1"],
        "phone": ["021-5555 0101", "", "13800138000", "", ""],
        "province": ["上海", "重庆", "", "北京", ""],
        "city": ["上海", "重庆", "", "北京", ""],
        "industry": ["机械制造", "机械制造", "批发", "", ""],
        "owner": ["Carol 张", "Dave 赵", "Carol 张", "", ""],
    }
)
ORDERS = pl.DataFrame(
    {
        "order_id": ["O1", "O2", "O3", "O4", "O5"],
        "customer_id": ["C1", "C1", "C2", "C3", "C5"],
        "ordered_on": ["2025-03-01", "2025-12-01", "2025-11-11", "2025-06-18", "2025-02-02"],
        "amount": ["5000", "3000", "1500", "400", "100"],
    }
)
