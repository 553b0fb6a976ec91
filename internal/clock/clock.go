// Package clock is the one source of time in Pollux: a monotonic clock that
// counts nanoseconds, and the conversion of its readings for the standard
// library. Any goroutine may call any function.
package clock

import "time"

// Never is the deadline that does not come.
const Never int64 = 1<<63 - 1

// start is the clock's zero. It is in the past by one second so that 0 and
// small readings are deadlines that have passed.
var start = time.Now().Add(-time.Second)

// Now returns the nanoseconds since the clock's zero.
func Now() int64 { return int64(time.Since(start)) }

// Time converts a reading of the clock; Never becomes the zero time.
func Time(ns int64) time.Time {
	if ns == Never {
		return time.Time{}
	}
	return start.Add(time.Duration(ns))
}

// After returns the deadline d from now. It saturates at Never.
func After(d time.Duration) int64 { return Add(Now(), d) }

// Add returns the deadline d after ns. It saturates at Never.
func Add(ns int64, d time.Duration) int64 {
	if d > 0 && ns > Never-int64(d) {
		return Never
	}
	return ns + int64(d)
}

// Alarm calls a function once at a deadline, in a goroutine of its own.
type Alarm struct{ timer *time.Timer }

// NewAlarm returns an alarm that will call f each time it has been set and
// its time has come.
func NewAlarm(f func()) Alarm {
	t := time.AfterFunc(time.Hour, f)
	t.Stop()
	return Alarm{t}
}

// Set starts the alarm for the deadline.
func (a Alarm) Set(deadline int64) { a.timer.Reset(time.Duration(deadline - Now())) }

// Stop cancels the alarm. A call that has begun goes on.
func (a Alarm) Stop() { a.timer.Stop() }

// Of returns the clock's reading at t; the zero time becomes Never.
func Of(t time.Time) int64 {
	if t.IsZero() {
		return Never
	}
	left := time.Until(t) // before Now, so that the reading is late by a little, never early
	return Add(Now(), left)
}
