package tlsbridge

// Queued returns how many bytes of ciphertext wait for room in the kernel.
func (s *Socket) Queued() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.engine.Outgoing())
}

// HoldSending keeps others from sending until release.
func (s *Socket) HoldSending() (release func()) {
	s.writing.Lock()
	return s.endSend
}

// QueuedSends returns how many wait to send.
func (s *Socket) QueuedSends() int { return int(s.queued.Load()) }
