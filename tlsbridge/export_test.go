package tlsbridge

// Queued returns how many bytes of ciphertext wait for room in the kernel.
func (s *Socket) Queued() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.engine.Outgoing())
}
