package poller

import (
	"strings"

	"github.com/pollux-net/pollux/internal/sys"
)

// Ready is a set of readiness conditions.
type Ready uint8

// The conditions. A queue reports all that hold, whatever the registration.
const (
	Readable   Ready = 1 << iota // data, a connection or end of file can be read
	Writable                     // the send buffer has room, or connect has ended
	Priority                     // urgent data
	ReadHangUp                   // the peer has shut down its writing side
	HangUp                       // both directions have ended
	Error                        // an error is pending
)

var readyNames = [...]string{"readable", "writable", "priority", "read-hang-up", "hang-up", "error"}

// String lists the conditions, "readable|writable" for example.
func (r Ready) String() string {
	if r == 0 {
		return "none"
	}
	var names []string
	for i, name := range readyNames {
		if r&(1<<i) != 0 {
			names = append(names, name)
		}
	}
	return strings.Join(names, "|")
}

// Token names a registration: a slot number and the slot's generation.
type Token uint64

// NewToken makes the token of a slot's generation.
func NewToken(slot, generation uint32) Token { return Token(generation)<<32 | Token(slot) }

// Slot returns the slot number.
func (t Token) Slot() uint32 { return uint32(t) }

// Generation returns the slot's generation.
func (t Token) Generation() uint32 { return uint32(t >> 32) }

// Event is one report of readiness.
type Event struct {
	Token Token
	Ready Ready
}

// Queue is the kernel's event queue. Fetch calls and Add/Remove calls must be
// serialised by the caller: one lock, held from Fetch until its events are
// applied, makes "nothing is ready" a true statement.
type Queue interface {
	// Add begins to watch fd. The descriptor must be nonblocking.
	Add(fd int, t Token) sys.Errno
	// Remove ends it. It must come before fd is closed.
	Remove(fd int) sys.Errno
	// Fetch takes the events there are, at most len(events), without waiting.
	Fetch(events []Event) (int, sys.Errno)
	// Close releases the queue. The watched descriptors stay open.
	Close()
}

// Parker suspends the goroutine that owns a queue.
type Parker interface {
	// Arm sets the deadline (nanoseconds of internal/clock) of the next Park.
	// Only the owner calls it.
	Arm(deadline int64)
	// Park returns after fetch has returned true, after a Wake since Arm, or
	// once the deadline has passed, whichever is first; it may return early.
	// It calls fetch at once, and again each time the queue may have become
	// readable. Only the owner calls it, after Arm.
	Park(fetch func() bool)
	// Wake makes the present Park, or the next unless Arm comes before it,
	// return. It does nothing after Close. Any goroutine.
	Wake()
	// Close releases the parker. Nobody may be in Park.
	Close()
}

// Backend is a way to open a queue and its parker.
type Backend struct {
	Name string
	Open func() (Queue, Parker, error)
}

// Default is the platform's preferred backend.
func Default() Backend { return Backends()[0] }

// opError says which step of opening a backend failed.
type opError struct {
	op    string
	errno sys.Errno
}

func (e *opError) Error() string { return "poller: " + e.op + ": " + e.errno.Error() }

func (e *opError) Unwrap() error { return e.errno }

// failed returns nil for errno 0.
func failed(op string, errno sys.Errno) error {
	if errno == 0 {
		return nil
	}
	return &opError{op, errno}
}
