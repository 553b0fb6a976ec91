package fdsock

// TryRecv makes one attempt to receive into p and never waits, whatever the
// timeout: EAGAIN is a BlockingIOError. It is for packages that build calls of
// their own on a socket. Any goroutine; no allocation.
func (s *Socket) TryRecv(p []byte, flags ...int) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	n, errno := s.recv(p, union(flags)|MSG_DONTWAIT)
	if errno != 0 {
		return 0, s.failed(opRecv, errno)
	}
	return n, nil
}

// TrySend is [Socket.TryRecv]'s counterpart: it sends what there is room for.
func (s *Socket) TrySend(p []byte, flags ...int) (int, error) {
	n, errno := s.send(p, union(flags))
	if errno != 0 {
		return 0, s.failed(opSend, errno)
	}
	return n, nil
}
