package reactor

// ClosedHandle returns a handle that has no descriptor and never had one: what
// an object has whose descriptor could not be made. Any goroutine.
func (l *Loop) ClosedHandle(kind string) *Handle {
	h := &Handle{loop: l, origin: &origin{kind: kind}, fd: -1}
	h.state.word.Store(uint64(Closed))
	h.gone.Store(true)
	return h
}

// Done is closed when the loop has ended: nothing is called on it any more, so
// that what belonged to it may be used by whoever has waited for that. Any
// goroutine.
func (l *Loop) Done() <-chan struct{} { return l.done }
