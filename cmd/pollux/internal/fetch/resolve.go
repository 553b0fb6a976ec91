package fetch

import (
	"context"
	"errors"
	"strconv"

	"github.com/pollux-net/pollux/fdsock"
)

// resolve finds the addresses of the target, in the order to try them.
func (o *Options) resolve(ctx context.Context) ([]fdsock.AddrInfo, error) {
	const op = "getaddrinfo"
	late := &StepError{Step: "look up " + o.Target.Host, Err: timedOut(op)}
	time, err := left(o.Deadline, op)
	if err != nil {
		return nil, late
	}
	if time >= 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, time)
		defer cancel()
	}
	infos, err := fdsock.GetAddrInfo(ctx, o.Target.Host, strconv.Itoa(o.Target.Port), fdsock.Hints{Type: fdsock.SOCK_STREAM})
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return nil, late
	case err != nil:
		return nil, &StepError{Step: op, Err: err}
	}
	for _, info := range infos {
		o.Log.Debug("resolved", "host", o.Target.Host, "address", info.Addr.String())
	}
	return infos, nil
}
