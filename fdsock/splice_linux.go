//go:build linux

package fdsock

import (
	"errors"
	"io"

	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
)

// spliceChunk is the most that one splice(2) into the pipe is asked for; the
// pipe's 16 slots hold 64 KiB or, of large segments, somewhat more.
const spliceChunk = 256 << 10

// errCannot says that the kernel has refused a transfer before it took
// anything that is still under way.
var errCannot = errors.New("the kernel cannot splice these")

func cannot(err error) bool { return errors.Is(err, errCannot) }

// pump moves bytes from one end to the other through a pipe, until from ends
// or, unless limit is negative, limit bytes have been moved. With an error it
// returns the rest that from has given and to has not taken. The pipe is empty
// before each step, so that only the ends ever wait. It belongs to the call: a
// pool would keep descriptors that nobody closes.
func pump(to, from end, limit int64) (moved int64, rest []byte, err error) {
	r, w, errno := sys.Pipe()
	if errno != 0 {
		return 0, nil, errCannot // out of descriptors: copying needs none
	}
	defer func() {
		sys.Close(r)
		sys.Close(w)
	}()
	for moved != limit {
		n := spliceChunk
		if limit >= 0 {
			n = int(min(int64(n), limit-moved))
		}
		got, err := spliceOnce(from, reactor.Input, n, func(fd, n int) (int, Errno) { return sys.Splice(fd, w, n) })
		if err != nil || got == 0 {
			return moved, nil, err
		}
		out, err := emptyPipe(to, r, got)
		moved += int64(out)
		if err != nil {
			return moved, drainPipe(r, got-out), err
		}
		if err := to.inTime(reactor.Output); err != nil {
			return moved, nil, err
		}
		if err := from.inTime(reactor.Input); err != nil {
			return moved, nil, err
		}
	}
	return moved, nil, nil
}

// emptyPipe moves the n bytes that are in a pipe.
func emptyPipe(to end, pipe, n int) (out int, err error) {
	defer to.hold()()
	for out < n {
		k, err := spliceOnce(to, reactor.Output, n-out, func(fd, n int) (int, Errno) { return sys.Splice(pipe, fd, n) })
		out += k
		if err == nil && k == 0 {
			err = io.ErrNoProgress
		}
		if err != nil {
			return out, err
		}
	}
	return out, nil
}

// spliceOnce makes one transfer between an end and the pipe.
func spliceOnce(e end, mask reactor.Readiness, n int, call func(fd, n int) (int, Errno)) (moved int, err error) {
	refused := false
	err = e.move(mask, func(fd int) (errno Errno) {
		moved, errno = call(fd, n)
		refused = refusal(errno)
		return errno
	})
	if refused {
		return 0, errCannot
	}
	return moved, err
}

// drainPipe takes the n bytes that are in a pipe.
func drainPipe(pipe, n int) []byte {
	rest := make([]byte, n)
	for got := 0; got < n; {
		k, errno := sys.Read(pipe, rest[got:])
		if errno != 0 || k == 0 {
			return rest[:got] // does not happen: nobody else has the pipe
		}
		got += k
	}
	return rest
}
