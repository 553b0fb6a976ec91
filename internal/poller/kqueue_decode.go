package poller

// kevent is a kqueue event in a portable form, so that its meaning can be
// tested anywhere.
type kevent struct {
	filter kfilter
	eof    bool   // EV_EOF
	failed bool   // EV_ERROR
	fflags uint32 // with eof: the pending error, 0 for an orderly end
}

// kfilter says which half of a descriptor an event is about.
type kfilter uint8

const (
	filterRead kfilter = iota
	filterWrite
	filterOther
)

// decodeKevent translates one event. kqueue reports the two directions apart:
// EV_EOF on the read filter is the peer's shutdown; on the write filter
// nothing can be sent any more, so both directions have ended. See
// kqueue(2), EVFILT_READ and EVFILT_WRITE.
func decodeKevent(ev kevent) Ready {
	if ev.failed {
		return Readable | Writable | Error
	}
	var r Ready
	switch ev.filter {
	case filterRead:
		r = Readable
		if ev.eof {
			r |= ReadHangUp
		}
	case filterWrite:
		r = Writable
		if ev.eof {
			r |= HangUp
		}
	case filterOther:
		return 0
	}
	if ev.eof && ev.fflags != 0 {
		r |= Error
	}
	return r
}
