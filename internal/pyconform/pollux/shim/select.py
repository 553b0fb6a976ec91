"""What ``import select`` gives: the stock constants, and Pollux."""

from pollux import builtin, fork, pollobjects, selecting, stock

__all__ = ['epoll', 'error', 'poll', 'select', *stock.constants(stock.select)]

globals().update(stock.constants(stock.select))
error = OSError
select = builtin.unbound(selecting.select, stock.select.select)
poll = builtin.unbound(pollobjects.new_poll, stock.select.poll)
epoll = pollobjects.epoll

fork.watch_functions([select, poll])
fork.watch_waiters(pollobjects.Poll, epoll)
