"""No module imports itself by way of others: imports for types and inside functions count, too."""

from graphlib import TopologicalSorter

import grimp


def test_imports_go_one_way():
    graph = grimp.build_graph("kefen", "kefen_crm", cache_dir=None)
    modules = {one: graph.find_modules_directly_imported_by(one) for one in graph.modules}
    assert "kefen.schemes.parts" in modules["kefen.schemes.model"]
    assert "kefen.schemes.model" in modules["kefen.schemes.conditions"]  # for types alone
    TopologicalSorter(modules).prepare()  # a CycleError names the modules of a circle
