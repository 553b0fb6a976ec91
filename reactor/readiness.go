package reactor

import "github.com/pollux-net/pollux/internal/poller"

// Readiness is a set of conditions of a descriptor.
type Readiness uint32

// The conditions. HangUp, Error and Closed reach every subscriber, whatever
// its mask, as poll(2) reports POLLHUP and POLLERR unasked.
const (
	Readable   = Readiness(poller.Readable)   // data, a connection or end of file can be read
	Writable   = Readiness(poller.Writable)   // the send buffer has room, or connect has ended
	Priority   = Readiness(poller.Priority)   // urgent data
	ReadHangUp = Readiness(poller.ReadHangUp) // the peer has shut down its writing side
	HangUp     = Readiness(poller.HangUp)     // both directions have ended
	Error      = Readiness(poller.Error)      // an error is pending
	Closed     = Error << 1                   // the handle was closed here
)

const (
	// Input is everything that makes a read return at once.
	Input = Readable | ReadHangUp | HangUp | Error
	// Output is everything that makes a write return at once.
	Output = Writable | HangUp | Error

	// unasked reaches subscribers whatever their mask.
	unasked = HangUp | Error | Closed

	kernel = Readable | Writable | Priority | ReadHangUp | HangUp | Error
)

// String lists the conditions, "readable|closed" for example.
func (r Readiness) String() string {
	s := poller.Ready(r & kernel).String()
	switch {
	case r&Closed == 0:
		return s
	case r&kernel == 0:
		return "closed"
	}
	return s + "|closed"
}
