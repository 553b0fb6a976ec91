package poller

import "testing"

// TestDecodeKevent goes through every combination of a kqueue event.
func TestDecodeKevent(t *testing.T) {
	type key struct {
		filter      kfilter
		eof, fflags bool
	}
	want := map[key]Ready{
		{filterRead, false, false}:  Readable,
		{filterRead, false, true}:   Readable, // fflags mean something else without EV_EOF
		{filterRead, true, false}:   Readable | ReadHangUp,
		{filterRead, true, true}:    Readable | ReadHangUp | Error,
		{filterWrite, false, false}: Writable,
		{filterWrite, false, true}:  Writable,
		{filterWrite, true, false}:  Writable | HangUp,
		{filterWrite, true, true}:   Writable | HangUp | Error,
		{filterOther, false, false}: 0,
		{filterOther, false, true}:  0,
		{filterOther, true, false}:  0,
		{filterOther, true, true}:   0,
	}
	const connectionReset = 54
	for k, ready := range want {
		for _, failed := range []bool{false, true} {
			ev := kevent{filter: k.filter, eof: k.eof, failed: failed}
			if k.fflags {
				ev.fflags = connectionReset
			}
			if failed {
				ready = Readable | Writable | Error
			}
			if got := decodeKevent(ev); got != ready {
				t.Errorf("%+v is %v, want %v", ev, got, ready)
			}
		}
	}
}
