//go:build linux

package poller

// Backends lists the platform's backends, the preferred one first.
func Backends() []Backend {
	return []Backend{
		{"epoll, parked in the runtime", openRuntimeEpoll},
		{"epoll, parked on a thread", openThreadEpoll},
	}
}

func openRuntimeEpoll() (Queue, Parker, error) {
	q, err := newEpoll()
	if err != nil {
		return nil, nil, err
	}
	p, err := newRuntimeParker(q)
	if err != nil {
		return nil, nil, err
	}
	return &ownedEpoll{q}, p, nil
}

// ownedEpoll is an epoll whose descriptor belongs to its parker's file.
type ownedEpoll struct{ *epoll }

func (ownedEpoll) Close() {}

func openThreadEpoll() (Queue, Parker, error) {
	q, err := newEpoll()
	if err != nil {
		return nil, nil, err
	}
	g, err := openEpollGate(q)
	if err != nil {
		q.Close()
		return nil, nil, err
	}
	return q, &threadParker{gate: g}, nil
}
