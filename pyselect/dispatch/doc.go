// Package dispatch is Python's asyncore and asynchat for Go: channels whose
// methods are called when their sockets are ready, for programs that were
// written on those. New programs take [pyselect/aio] or [reactor/stream].
//
// A channel is a struct that embeds a [Dispatcher], or an [AsyncChat], and
// overrides the methods that it cares for, as a Python class would. It tells the
// embedded part who it is with Init:
//
//	type echo struct{ dispatch.DispatcherWithSend }
//
//	func (e *echo) HandleRead() error {
//		p, err := e.Recv(8192)
//		if err != nil || len(p) == 0 { // nothing is there, or no more comes
//			return err
//		}
//		_, err = e.Send(p) // which keeps what the socket does not take
//		return err
//	}
//
//	e := &echo{}
//	e.Init(e, channels)
//	err := e.Attach(sock)
//
// Python's exceptions are errors: what a handler returns goes to the channel's
// HandleError, save [ErrExitNow], which leaves [Loop]; so does what HandleError
// returns. Panics are not caught.
//
// There is no global socket_map: each program makes its [Map]. Log and LogInfo
// print, as Python's do, since an error that nobody handles would be lost
// otherwise; a channel overrides LogInfo to have it elsewhere.
//
// A map and its channels belong to one goroutine at a time, the one in Loop;
// the context of [LoopContext] ends it from others.
//
// Sources: the asyncore and asynchat modules of Python 3.11's library reference.
//
// [pyselect/aio]: https://pkg.go.dev/github.com/pollux-net/pollux/pyselect/aio
// [reactor/stream]: https://pkg.go.dev/github.com/pollux-net/pollux/reactor/stream
package dispatch
