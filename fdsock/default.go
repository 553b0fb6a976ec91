package fdsock

import (
	"context"

	"github.com/pollux-net/pollux/reactor"
)

// Shutdown ends what the package has started by itself: the default group of
// loops, which the first [New], [SocketPair] or [FromFD] starts, as importing
// the package starts nothing. Nobody needs to call it before the program ends;
// it is there to find sockets that were not closed. It waits until they are,
// or the context ends, and then closes them and lists them, by descriptor and
// addresses, in a *reactor.OpenHandlesError. It may be called again, and the
// next use after it starts afresh. Any goroutine.
func Shutdown(ctx context.Context) error { return reactor.Shutdown(ctx) }
