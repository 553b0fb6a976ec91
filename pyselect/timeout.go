package pyselect

import (
	"math"
	"time"

	"github.com/pollux-net/pollux/reactor"
)

// Forever makes a call wait without limit, as Python's None does.
const Forever time.Duration = -1

// Seconds converts Python's seconds to a timeout, rounded away from zero so
// that a wait is never too short. NaN is a [*ValueError]; what does not fit,
// infinity included, is an [*OverflowError]. A negative number gives a
// negative timeout other than [Forever]: what it means is the call's matter.
//
// Source: _PyTime_ROUND_TIMEOUT of CPython.
func Seconds(s float64) (time.Duration, error) { return duration(s, float64(time.Second)) }

// Milliseconds is [Seconds] for the milliseconds that poll takes.
func Milliseconds(ms float64) (time.Duration, error) { return duration(ms, float64(time.Millisecond)) }

func duration(v, unit float64) (time.Duration, error) {
	if math.IsNaN(v) {
		return 0, &ValueError{"Invalid value NaN (not a number)"}
	}
	ns := v * unit
	if ns = math.Ceil(math.Abs(ns)); ns >= math.MaxInt64 {
		return 0, &OverflowError{"timestamp too large to convert to C _PyTime_t"}
	}
	d := time.Duration(ns)
	if v < 0 {
		d = min(-d, Forever-1)
	}
	return d, nil
}

// wholeMilliseconds rounds a timeout up as poll(2) and epoll_wait(2) take it,
// so that whoever measures finds what Python gives; any negative is [Forever].
// Source: select.poll.poll, select.epoll.poll.
func wholeMilliseconds(timeout time.Duration) (time.Duration, error) {
	if timeout < 0 {
		return Forever, nil
	}
	ms := timeout / time.Millisecond
	if timeout%time.Millisecond > 0 {
		ms++
	}
	if ms > math.MaxInt32 {
		return 0, &OverflowError{"timeout is too large"}
	}
	return ms * time.Millisecond, nil
}

// deadline returns when the call is to end.
func (c *Call) deadline(timeout time.Duration) int64 {
	if timeout < 0 {
		return reactor.Never
	}
	if c.Began == 0 {
		c.Began = reactor.Now()
	}
	if int64(timeout) > reactor.Never-c.Began {
		return reactor.Never
	}
	return c.Began + int64(timeout)
}
