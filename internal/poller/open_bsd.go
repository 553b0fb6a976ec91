//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package poller

// Backends lists the platform's backends, the preferred one first. The
// runtime's poller cannot watch a kqueue, because it also asks for
// EVFILT_WRITE, which a kqueue refuses: the loop blocks its thread.
func Backends() []Backend {
	return []Backend{{"kqueue, parked on a thread", openThreadKqueue}}
}

func openThreadKqueue() (Queue, Parker, error) {
	q, err := newKqueue()
	if err != nil {
		return nil, nil, err
	}
	g, err := openKqueueGate(q)
	if err != nil {
		q.Close()
		return nil, nil, err
	}
	return q, &threadParker{gate: g}, nil
}
