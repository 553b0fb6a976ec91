package dispatch

import (
	"errors"

	"github.com/pollux-net/pollux/fdsock"
)

// ErrExitNow leaves [Loop] when a handler returns it, wrapped or not. Python's
// asyncore.ExitNow.
var ErrExitNow = errors.New("dispatch: exit now")

// Channel is what the loop asks of the values of a [Map].
type Channel interface {
	// Readable and Writable say what to wait for. They are asked in each turn.
	Readable() bool
	Writable() bool
	// Accepting says that the channel listens: it is never waited for to be
	// written to.
	Accepting() bool

	// The three kinds of events. A [Dispatcher] finds out what they mean, and
	// calls one of the methods of [Handler].
	HandleReadEvent() error
	HandleWriteEvent() error
	HandleExptEvent() error

	// HandleClose is called when the peer has closed the connection, or it broke.
	HandleClose() error
	// HandleError is called with what any of the others returned. What it
	// returns itself leaves the loop.
	HandleError(err error) error
	// Close closes the channel and takes it off its map.
	Close() error
}

// Handler is a channel on a [Dispatcher], which has a default for each method.
type Handler interface {
	Channel
	HandleRead() error
	HandleWrite() error
	// HandleExpt is called for urgent data.
	HandleExpt() error
	// HandleConnect is called once the connection is made; Connected is true
	// when it has returned nil.
	HandleConnect() error
	// HandleAccept is called when a connection waits. The default accepts it
	// and calls HandleAccepted, which owns the socket.
	HandleAccept() error
	HandleAccepted(sock *fdsock.Socket, addr fdsock.Addr) error
	// LogInfo is told what happens that no handler is interested in; kind is
	// "info", "warning", "error" or the program's own.
	LogInfo(message, kind string)
}
