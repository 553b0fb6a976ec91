package stream

// Client has connections that it dials. A [Server] can dial as well, a proxy's
// for example, with [DialOptions] that name another handler. Any goroutine may
// call its methods, but those that wait must not be called on a loop.
type Client struct{ hub }

// NewClient makes a client. It must be ended with Close or Shutdown. One whose
// dials all name their handler, or are DialNet, needs no Config.Handler.
func NewClient(config Config) (*Client, error) {
	c := new(Client)
	if err := c.init(config); err != nil {
		return nil, err
	}
	return c, nil
}
