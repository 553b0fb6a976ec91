package aio

// CloseSelector closes the selector under the loop.
func (l *Loop) CloseSelector() error { return l.selector.Close() }
