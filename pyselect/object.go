package pyselect

import (
	"fmt"
	"math"

	"github.com/pollux-net/pollux/reactor"
)

// Object is anything with a descriptor: a socket, an os.File wrapped, [FD].
type Object interface{ Fileno() int }

// FD is a bare descriptor. When it belongs to a socket of this process, it is
// answered for as the socket is, TLS included.
type FD int

// Fileno returns the descriptor.
func (fd FD) Fileno() int { return int(fd) }

// descriptorOf asks an object for its descriptor, and refuses what is none: a
// nil object, a negative number, as a closed socket has, and one that the
// kernel's int cannot hold.
//
// Source: PyObject_AsFileDescriptor.
func descriptorOf(o Object) (int, error) {
	if o == nil {
		return -1, &TypeError{"argument must be an int, or have a fileno() method."}
	}
	fd := o.Fileno()
	switch {
	case fd < 0:
		return fd, &ValueError{fmt.Sprintf("file descriptor cannot be a negative integer (%d)", fd)}
	case int64(fd) > math.MaxInt32:
		return fd, &OverflowError{"Python int too large to convert to C int"}
	}
	return fd, nil
}

// pollableOf finds what knows an object's readiness; nil for a descriptor that
// no loop knows.
func pollableOf(o Object, fd int) reactor.Pollable {
	if on, ok := o.(reactor.Pollable); ok {
		return on
	}
	return reactor.Lookup(fd)
}

// heard is what to subscribe to so as to learn of the conditions. The bytes of
// a TLS socket's plaintext may have been taken from the kernel by somebody
// else before the loop looks: then all that is left of their edge is that the
// socket can be written to.
func heard(on reactor.Pollable, mask reactor.Readiness) reactor.Readiness {
	if _, ok := on.(reactor.Tester); ok {
		mask |= reactor.Writable
	}
	return mask
}
