package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"time"

	"github.com/pollux-net/pollux/cmd/pollux/internal/app"
	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/reactor/stream"
)

type serveCommand struct {
	App     string        `enum:"chargen,discard,echo,http" default:"http" help:"What to serve: ${enum}."`
	Addr    string        `default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Where to listen (${default}); port 0 takes a free one."`
	Loops   int           `default:"0" help:"How many loops to run; 0 is one for each processor."`
	TLS     bool          `name:"tls" help:"Speak TLS."`
	Cert    string        `placeholder:"FILE" help:"Certificate chain, PEM; without one, a certificate of an authority made for the occasion."`
	Key     string        `placeholder:"FILE" help:"Its key, PEM, if it is not in the same file."`
	WriteCA string        `name:"write-ca" placeholder:"FILE" help:"Write that authority to a file, for clients to trust, instead of to standard error."`
	Grace   time.Duration `default:"5s" help:"How long connections may go on after a signal to stop."`
	Metrics string        `placeholder:"HOST:PORT" help:"Show the counters to Prometheus (/metrics) and profiles (/debug/pprof/) there, to whoever can connect."`
	Verbose bool          `short:"v" help:"Log connections, and at the end what the loops have done, to standard error."`

	Limits limits `embed:""`
}

// Help is shown by pollux serve --help.
func (*serveCommand) Help() string {
	return `Prints READY and the address to standard output once it accepts connections. SIGINT or SIGTERM stops it: it accepts no more, finishes answers in progress and closes; a second signal, or the end of --grace, aborts what is left. The exit code is 0 then.

The applications: echo sends back what it gets, discard does not, chargen sends lines without end, http answers GET / and

  /bytes/N      N bytes with a Content-Length
  /chunked/N    N bytes in chunks, with a trailer
  /eof/N        N bytes ended by the end of the connection
  /status/CODE  a status from 200 to 599
  /headers      the request as it was received

Examples:
  pollux serve --app echo --addr 127.0.0.1:7
  pollux serve --tls --addr '[::1]:8443' --write-ca ca.pem
  curl --cacert ca.pem https://[::1]:8443/bytes/100`
}

// Validate checks the arguments.
func (s *serveCommand) Validate() error {
	if err := checkAddr("--addr", s.Addr); err != nil {
		return err
	}
	if s.Metrics != "" {
		if err := checkAddr("--metrics", s.Metrics); err != nil {
			return err
		}
	}
	switch {
	case s.Loops < 0, s.Loops > 1024:
		return errors.New("--loops must be 0-1024")
	case s.Grace < 0:
		return errors.New("--grace must not be negative")
	case !s.TLS && (s.Cert != "" || s.Key != "" || s.WriteCA != ""):
		return errors.New("--cert, --key and --write-ca need --tls")
	case s.Key != "" && s.Cert == "":
		return errors.New("--key needs --cert")
	case s.WriteCA != "" && s.Cert != "":
		return errors.New("--write-ca is for servers without --cert")
	}
	return s.Limits.check()
}

// checkAddr finds what is no address to listen at.
func checkAddr(flag, addr string) error {
	host, port, err := net.SplitHostPort(addr)
	if wrong := (*net.AddrError)(nil); errors.As(err, &wrong) {
		return fmt.Errorf("%s %s: %s: want HOST:PORT", flag, addr, wrong.Err)
	}
	_, unknown := net.LookupPort("tcp", port)
	switch {
	case unknown != nil:
		return fmt.Errorf("%s %s: the port must be 0-65535, or the name of a service", flag, addr)
	case host != "" && host != "localhost" && !isAddress(host):
		return fmt.Errorf("%s %s: the host must be an address", flag, addr)
	}
	return nil
}

// Run serves until it is told to stop.
func (s *serveCommand) Run(env *environment) (err error) {
	log := env.logger(s.Verbose)
	group, err := reactor.NewGroup(reactor.Config{Loops: s.Loops})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, group.Close()) }()
	counters := new(app.Counters)
	server, err := s.start(env, group, counters, log)
	if err != nil {
		return err
	}
	if s.Metrics != "" {
		o, failed := observe(env, s.Metrics, group, server)
		if failed != nil {
			return errors.Join(failed, server.Close())
		}
		defer func() { err = errors.Join(err, o.close()) }()
	}
	if _, err := fmt.Fprintf(env.stdout, "READY %s\n", server.Addr()); err != nil {
		return errors.Join(err, server.Close())
	}
	log.Debug("stopping", "signal", <-env.signals, "open", counters.Open.Load())
	s.stop(env, server)
	s.statistics(group, counters, log)
	return nil
}

// start makes the server.
func (s *serveCommand) start(env *environment, group *reactor.Group, counters *app.Counters, log *slog.Logger) (*stream.Server, error) {
	config := stream.Config{Group: group, HighWater: app.HighWater}
	s.Limits.apply(&config)
	var err error
	if config.Handler, err = app.New(s.App, counters, connectionLog(s.Verbose, log)); err != nil {
		return nil, err
	}
	if s.TLS {
		tls, err := s.identity(env)
		if err != nil {
			return nil, err
		}
		config.Filter = tls.Filter()
	}
	return stream.Serve(s.Addr, config)
}

// connectionLog logs connections, if that is wanted.
func connectionLog(verbose bool, log *slog.Logger) app.Log {
	if !verbose {
		return nil
	}
	return func(peer net.Addr, open bool, reason error) {
		switch {
		case open:
			log.Debug("open", "peer", peer)
		case reason != nil:
			log.Debug("failed", "peer", peer, "error", reason)
		default:
			log.Debug("closed", "peer", peer)
		}
	}
}

// stop ends the server within the time of grace, or at the next signal.
func (s *serveCommand) stop(env *environment, server *stream.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), s.Grace)
	defer cancel()
	go func() {
		select {
		case <-env.signals:
			cancel()
		case <-ctx.Done():
		}
	}()
	if err := server.Shutdown(ctx); err != nil {
		_, _ = fmt.Fprintln(env.stderr, "pollux: connections that had not ended were aborted")
	}
}

// statistics logs what the server and its loops have done.
func (s *serveCommand) statistics(group *reactor.Group, counters *app.Counters, log *slog.Logger) {
	log.Debug("served", "connections", counters.Connections.Load(), "failed", counters.Failed.Load(),
		"received", counters.Received.Load(), "requests", counters.Requests.Load())
	for _, l := range group.Loops() {
		st := l.Stats()
		log.Debug("loop", "index", l.Index(), "polls", st.Polls, "events", st.Events, "stale", st.Stale,
			"wakes", st.Wakes, "tasks", st.Tasks, "timers", st.Timers, "parks", st.Parks,
			"busy", st.Busy, "lagmax", st.LagMax)
	}
}
