"""python3 -m pollux script.py: a program with its sockets on Pollux."""

import os
import runpy
import sys

from pollux import boot

USAGE = """usage: python3 -m pollux script.py [argument ...]
       python3 -m pollux -m module [argument ...]
       python3 -m pollux -c program [argument ...]"""


def main() -> None:
    """Runs what the command line names, as python3 itself would."""
    arguments = sys.argv[1:]
    if not arguments or arguments[0] in ('-h', '--help'):
        sys.exit(USAGE)
    boot.install()
    if arguments[0] in ('-m', '-c') and len(arguments) < 2:
        sys.exit(USAGE)
    if arguments[0] == '-m':
        sys.argv = arguments[1:]
        runpy.run_module(arguments[1], run_name='__main__', alter_sys=True)
    elif arguments[0] == '-c':
        sys.argv = ['-c', *arguments[2:]]
        sys.path[0] = ''
        exec(compile(arguments[1], '<string>', 'exec'),
             {'__name__': '__main__'})
    else:
        sys.argv = arguments
        sys.path[0] = os.path.dirname(os.path.abspath(arguments[0]))
        runpy.run_path(arguments[0], run_name='__main__')


main()
