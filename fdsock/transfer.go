package fdsock

import (
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// Recv receives at most n bytes, 1 GiB or less. An empty result is the end of
// the stream. The caller owns the result.
func (s *Socket) Recv(n int, flags ...int) ([]byte, error) {
	p, err := room(opRecv, n)
	if err != nil {
		return nil, err
	}
	n, err = s.RecvInto(p, flags...)
	return p[:n], err
}

// maxRoom is the most that a call makes room for, in bytes.
const maxRoom = 1 << 30

// room makes room for n bytes, with Python's words for less than none. More
// than anybody can mean is ENOMEM, Python's MemoryError, and not the end of the
// program.
func room(o op, n int) ([]byte, error) {
	switch {
	case n < 0 && o == opRecvMsg:
		return nil, &ValueError{"negative buffer size in recvmsg()"}
	case n < 0:
		return nil, &ValueError{"negative buffersize in " + o.String()}
	case n > maxRoom:
		return nil, &Error{Op: o.String(), Errno: sys.ENOMEM}
	}
	return make([]byte, n), nil
}

// RecvInto receives into p and returns how many bytes came; 0 is the end of
// the stream, or an empty p. The flags are MSG_ constants.
//
// With MSG_WAITALL and without a timeout it waits until p is full or the
// stream has ended; an error that comes after a part is returned with it, for
// the kernel reports it only once. MSG_OOB never waits. MSG_DONTWAIT makes a
// call without a timeout fail with EAGAIN; under a timeout it changes nothing,
// for Python waits before it makes the call. See [Socket.TryRecv].
func (s *Socket) RecvInto(p []byte, flags ...int) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	w := wait{op: opRecv}
	return s.recvInto(&w, p, union(flags))
}

func (s *Socket) recvInto(w *wait, p []byte, how int) (int, error) {
	w.once = how&onceFlags != 0
	if how&MSG_WAITALL != 0 && how&unwaited == 0 && s.kind == SOCK_STREAM {
		return s.recvAll(w, p, how)
	}
	for {
		n, errno := s.recv(p, how)
		if errno == 0 {
			return n, nil
		}
		if err := s.recvAgain(w, errno, how); err != nil {
			return 0, err
		}
	}
}

// onceFlags are the flags with which a call without a timeout does not wait.
// The kernel never waits for its queue of errors, see recv(2).
const onceFlags = MSG_DONTWAIT | sys.MsgErrQueue

// unwaited are the flags that make MSG_WAITALL mean nothing: the kernel does
// not wait for urgent data either, see tcp(7).
const unwaited = onceFlags | MSG_OOB

// awaited returns the conditions under which a receive is worth while.
func awaited(flags int) reactor.Readiness {
	switch {
	case flags&MSG_OOB != 0:
		return 0
	case flags&sys.MsgErrQueue != 0:
		return reactor.Error
	}
	return reactor.Input
}

func union(flags []int) (all int) {
	for _, f := range flags {
		all |= f
	}
	return all
}

// recvAgain deals with an attempt to receive that has failed: it returns when
// another one is worth while, or the error that ends the call.
func (s *Socket) recvAgain(w *wait, errno Errno, flags int) error {
	switch {
	case errno == errFutile:
		return w.ready(s, reactor.Input)
	case errno == sys.EAGAIN && flags&MSG_OOB == 0:
		return w.again(s, awaited(flags))
	}
	return s.failed(w.op, errno)
}

// suffices reports whether a call that has moved a part ends well all the
// same: it was given a timeout meanwhile, or interrupted.
func suffices(err error) bool {
	return err != nil && (BlockingIOError(err) || TimeoutError(err) || InterruptedError(err))
}

// recvAll is RecvInto with MSG_WAITALL. The kernel, whose descriptor is
// nonblocking, takes the flag for nothing.
func (s *Socket) recvAll(w *wait, p []byte, flags int) (got int, err error) {
	if flags&MSG_PEEK != 0 {
		return s.peekAll(w, p, flags)
	}
	for {
		n, errno := s.recv(p[got:], flags)
		got += n
		if errno == 0 {
			if n == 0 || got == len(p) || s.timeout.Load() >= 0 {
				return got, nil
			}
			continue
		}
		if err := s.recvAgain(w, errno, flags); err != nil {
			if got > 0 && suffices(err) {
				err = nil
			}
			return got, err
		}
	}
}

// peekAll looks again with every edge until enough is there, or no more can
// come.
func (s *Socket) peekAll(w *wait, p []byte, flags int) (int, error) {
	waiter := reactor.NewWaiter()
	defer waiter.Release()
	waiter.Watch(s.handle, reactor.Input)
	defer w.wakeWhenDone(waiter)()
	for {
		ended := s.handle.Readiness(reactor.Input) &^ reactor.Readable
		n, errno := s.recv(p, flags)
		switch {
		case errno != 0 && errno != sys.EAGAIN:
			return 0, s.failed(w.op, errno)
		case errno == 0 && (n == 0 || n == len(p) || ended != 0 || s.timeout.Load() >= 0):
			return n, nil
		case errno == sys.EAGAIN:
			if err := w.again(s, reactor.Input); err != nil {
				return 0, err
			}
		default:
			if err := w.overdue(s, reactor.Input); TimeoutError(err) {
				return n, nil // the deadline: a part counts
			} else if err != nil {
				return n, err
			}
			if _, err := w.sleepOn(s, waiter, w.end(s, reactor.Input, s.timeout.Load())); InterruptedError(err) {
				return n, nil // a part counts
			} else if err != nil {
				return 0, err
			}
		}
	}
}

// Outcomes of an attempt besides the kernel's, as numbers that it does not use.
const (
	errClosed = Errno(1<<20 + iota) // the socket is closed
	errFutile                       // nothing can be there, so it was not made
)

// failed makes the error of an attempt.
func (s *Socket) failed(o op, errno Errno) error {
	if errno == errClosed {
		return onClosed[o]
	}
	return fail(o, errno)
}

// recv makes one attempt to receive, or none when it is known to be futile
// and the caller would wait anyway.
func (s *Socket) recv(p []byte, flags int) (int, Errno) {
	before, ok := s.handle.Acquire()
	if !ok {
		return 0, errClosed
	}
	defer s.handle.Release()
	known := before.Readiness()
	if s.futile(known, flags) {
		return 0, errFutile
	}
	s.noteUrgent(known, flags)
	n, errno := sys.Recv(s.fd, p, s.transferFlags(flags))
	for i := 1; s.misled(errno, flags, i); i++ {
		n, errno = sys.Recv(s.fd, p, s.transferFlags(flags))
	}
	switch {
	case errno == sys.EAGAIN:
		s.handle.Clear(before, awaited(flags))
	case n > 0 && n < len(p) && flags&^MSG_DONTWAIT == 0 && s.drained(known):
		s.handle.Clear(before, reactor.Readable)
	}
	return n, errno
}

// futile reports whether an attempt to receive would find nothing, and the
// caller would wait then. On a listener it would fail at once.
func (s *Socket) futile(known reactor.Readiness, flags int) bool {
	return known&reactor.Input == 0 && flags == 0 && s.timeout.Load() != 0 && !s.accepts.Load()
}

// drained reports whether a receive that came short has taken all there was,
// so that the next edge says when there is more, see epoll(7). It has not near
// the end of a stream, whose edge has passed, and where the kernel stops
// early: at the urgent mark (tcp(7)), and on Unix sockets at every message
// that carries descriptors (unix(7)).
func (s *Socket) drained(known reactor.Readiness) bool {
	return shortIsAll && s.tcp && !s.urgent.Load() && known&^(reactor.Readable|reactor.Writable) == 0
}

// shortIsAll is false in tests that shorten transfers behind the kernel's back.
var shortIsAll = true

// Send sends p and returns how many bytes the kernel took. Without a timeout
// that is all of p, as a blocking send(2) has it; otherwise at least one. An
// error that comes after a part was sent is returned with the count, for the
// kernel reports it only once.
func (s *Socket) Send(p []byte, flags ...int) (int, error) {
	w := wait{op: opSend}
	return s.sendSome(&w, p, union(flags))
}

func (s *Socket) sendSome(w *wait, p []byte, how int) (int, error) {
	w.once = how&MSG_DONTWAIT != 0
	sent := 0
	for {
		n, errno := s.send(p[sent:], how)
		sent += n
		switch {
		case errno == 0 && (sent == len(p) || how&MSG_DONTWAIT != 0 || s.timeout.Load() >= 0):
			return sent, nil
		case errno == 0:
			continue // the next attempt finds out whether there is room
		case errno != sys.EAGAIN:
			return sent, s.failed(opSend, errno)
		}
		if err := w.again(s, reactor.Output); err != nil {
			if sent > 0 && suffices(err) {
				err = nil
			}
			return sent, err
		}
	}
}

// SendAll sends all of p. The timeout is for the whole call; after an error
// it is not known how much was sent.
func (s *Socket) SendAll(p []byte, flags ...int) error {
	w := wait{op: opSendAll}
	_, err := s.sendAll(&w, p, union(flags))
	return err
}

// sendAll returns how much was sent, also with an error.
func (s *Socket) sendAll(w *wait, p []byte, how int) (sent int, err error) {
	w.once = how&MSG_DONTWAIT != 0
	for {
		n, errno := s.send(p[sent:], how)
		sent += n
		switch {
		case errno == 0 && sent == len(p):
			return sent, nil
		case errno == 0:
			if err := w.overdue(s, reactor.Output); err != nil {
				return sent, err
			}
			if w.since == 0 {
				w.begin()
			}
			continue
		case errno != sys.EAGAIN:
			return sent, s.failed(opSendAll, errno)
		}
		if err := w.again(s, reactor.Output); err != nil {
			return sent, err
		}
	}
}

// send makes one attempt to send. Only EAGAIN says that there is no room:
// after a short transfer the caller makes another attempt, or leaves it to
// its own caller, so that it need not be trusted.
func (s *Socket) send(p []byte, flags int) (int, Errno) {
	before, ok := s.handle.Acquire()
	if !ok {
		return 0, errClosed
	}
	defer s.handle.Release()
	n, errno := sys.Send(s.fd, p, s.transferFlags(flags))
	if errno == sys.EAGAIN {
		// What was known of an end or an error was about the past as well.
		s.handle.Clear(before, reactor.Output)
	}
	return n, errno
}
