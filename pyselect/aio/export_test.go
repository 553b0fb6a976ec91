package aio

// CloseSelector closes the selector under the loop.
func (l *Loop) CloseSelector() error { return l.selector.Close() }

// WaitLookups waits until no name is looked up.
func (l *Loop) WaitLookups() { l.lookups.Wait() }
