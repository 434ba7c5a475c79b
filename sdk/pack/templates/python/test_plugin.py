"""`PYTHONPATH=vendor/sdk/python python3 -m unittest` needs no sandbox."""

import unittest

from daemoneye import judge
from plugin import {{snake}}


class Plugin(unittest.TestCase):
    def test_a_program_in_tmp_is_found_and_one_in_bin_is_not(self):
        self.assertIsNotNone(judge({{snake}}, executable_path="/tmp/x"))
        self.assertIsNone(judge({{snake}}, executable_path="/usr/bin/tmp"))


if __name__ == "__main__":
    unittest.main()
