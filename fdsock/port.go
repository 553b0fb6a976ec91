package fdsock

// LocalPort returns the port that the socket is bound to, the one that the
// system has chosen for port 0 for example: s.getsockname()[1]. Sockets of
// families other than AF_INET and AF_INET6 have none, which is a [ValueError].
func (s *Socket) LocalPort() (int, error) {
	addr, err := s.GetSockName()
	if err != nil {
		return 0, err
	}
	inet, ok := addr.(InetAddr)
	if !ok {
		return 0, &ValueError{"LocalPort: the socket's family has no ports"}
	}
	return inet.Port, nil
}
