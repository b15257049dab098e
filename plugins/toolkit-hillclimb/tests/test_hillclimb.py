from toolkit_hillclimb import HillClimb

from toolkit.testing import SearcherContract


class TestHillClimb(SearcherContract):
    factory = HillClimb
