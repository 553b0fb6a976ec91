package aio

// SetSelectorClosed closes the selector under the loop.
func (l *Loop) SetSelectorClosed() error { return l.selector.Close() }
