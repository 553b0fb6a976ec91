package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/pollux-net/pollux/cmd/pollux/internal/app"
	"github.com/pollux-net/pollux/internal/sys"
	"github.com/pollux-net/pollux/reactor"
	"github.com/pollux-net/pollux/reactor/stream"
	"github.com/pollux-net/pollux/tlsbridge"
)

type serveCommand struct {
	App     string        `enum:"chargen,discard,echo,files,http" default:"http" help:"What to serve: ${enum}."`
	Root    string        `placeholder:"DIR" help:"The directory that --app files serves."`
	Loops   int           `default:"0" help:"How many loops to run; 0 is one for each processor."`
	Grace   time.Duration `default:"5s" help:"How long connections may go on after a signal to stop."`
	Metrics string        `placeholder:"HOST:PORT" help:"Show the counters to Prometheus (/metrics) and profiles (/debug/pprof/) there, to whoever can connect."`

	Listeners listeners `embed:""`
	Identity  identity  `embed:""`
	Limits    limits    `embed:""`
	Logging   logging   `embed:""`
}

// Help is shown by pollux serve --help.
func (*serveCommand) Help() string {
	return `Prints READY and the addresses to standard output once it accepts connections. SIGINT or SIGTERM stops it: it accepts no more, finishes answers in progress and closes; a second signal, or the end of --grace, aborts what is left. The exit code is 0 then.

SIGHUP loads certificates again.

The applications: echo sends back what it gets, discard does not, chargen sends lines without end, files serves the files of a directory over HTTP, http answers GET / and

  /bytes/N      N bytes with a Content-Length
  /chunked/N    N bytes in chunks, with a trailer
  /eof/N        N bytes ended by the end of the connection
  /status/CODE  a status from 200 to 599
  /headers      the request as it was received

Examples:
  pollux serve --app echo --addr 127.0.0.1:7 --addr unix:/run/echo
  pollux serve --app files --root /srv/www --tls --cert chain.pem --key key.pem --addr :443
  pollux serve --tls --addr '[::1]:8443' --write-ca ca.pem
  curl --cacert ca.pem https://[::1]:8443/bytes/100`
}

// Validate checks the arguments.
func (s *serveCommand) Validate() error {
	for _, check := range []func() error{s.Listeners.check, s.Identity.check, s.Limits.check} {
		if err := check(); err != nil {
			return err
		}
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
	case (s.App == "files") != (s.Root != ""):
		return errors.New("--app files and --root go together")
	}
	return nil
}

// service is a server that runs, with what belongs to it.
type service struct {
	env      *environment
	log      *slog.Logger
	group    *reactor.Group
	counters app.Counters
	pool     *tlsbridge.HandshakePool
	reloader *tlsbridge.Reloader // nil without TLS
	server   *stream.Server
}

// Run serves until it is told to stop.
func (s *serveCommand) Run(env *environment) (err error) {
	group, err := reactor.NewGroup(reactor.Config{Loops: s.Loops})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, group.Close()) }()
	v := &service{env: env, log: s.Logging.logger(env), group: group}
	content, err := s.content()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, content.Close()) }()
	if err := s.start(v, content); err != nil {
		return err
	}
	addrs, err := s.Listeners.listen(v.server)
	if err != nil {
		return errors.Join(err, v.server.Close())
	}
	if s.Metrics != "" {
		o, failed := observe(v, s.Metrics)
		if failed != nil {
			return errors.Join(failed, v.server.Close())
		}
		defer func() { err = errors.Join(err, o.close()) }()
	}
	hangups := make(chan os.Signal, 1)
	if s.Identity.Cert != "" {
		signal.Notify(hangups, sys.SIGHUP)
		defer signal.Stop(hangups)
	}
	if _, err := fmt.Fprintf(env.stdout, "READY %s\n", strings.Join(addrs, " ")); err != nil {
		return errors.Join(err, v.server.Close())
	}
	v.wait(hangups)
	v.stop(s.Grace)
	v.statistics()
	return nil
}

// content is what the application serves.
func (s *serveCommand) content() (app.Content, error) {
	c, err := app.Open(s.Root)
	return c, ofFile("--root", s.Root, err)
}

// start makes the server, which does not listen yet.
func (s *serveCommand) start(v *service, content app.Content) error {
	config := stream.Config{Group: v.group}
	s.Limits.apply(&config)
	var err error
	if config.Handler, err = app.New(s.App, content, &v.counters, connectionLog(v.log)); err != nil {
		return err
	}
	if s.Identity.TLS {
		v.pool = tlsbridge.NewHandshakePool(s.Identity.Workers, s.Identity.Waiting)
		var protocols []string
		if s.App == "http" || s.App == "files" {
			protocols = []string{"http/1.1", "http/1.0"}
		}
		if v.reloader, err = s.Identity.reloader(v.env, v.pool, s.Listeners.hosts(), protocols...); err != nil {
			return err
		}
		config.Filter = v.reloader.Filter()
	}
	v.server, err = stream.NewServer(config)
	return err
}

// connectionLog logs connections, if that is wanted.
func connectionLog(log *slog.Logger) app.Log {
	if !log.Enabled(context.Background(), slog.LevelDebug) {
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

// wait returns when the server is to stop.
func (v *service) wait(hangups <-chan os.Signal) {
	for {
		select {
		case <-hangups:
			if err := v.reloader.Reload(); err != nil {
				v.log.Error("not reloaded", "error", err)
				continue
			}
			v.log.Info("reloaded")
		case s := <-v.env.signals:
			v.log.Debug("stopping", "signal", s, "open", v.counters.Open.Load())
			return
		}
	}
}

// stop ends the server within the time of grace, or at the next signal.
func (v *service) stop(grace time.Duration) {
	limited, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	ctx, stop := v.env.interruptible(limited)
	defer stop()
	if err := v.server.Shutdown(ctx); err != nil {
		_, _ = fmt.Fprintln(v.env.stderr, "pollux: connections that had not ended were aborted")
	}
}

// statistics logs what the server and its loops have done.
func (v *service) statistics() {
	v.log.Debug("served", "connections", v.counters.Connections.Load(), "failed", v.counters.Failed.Load(),
		"received", v.counters.Received.Load(), "requests", v.counters.Requests.Load())
	for _, l := range v.group.Loops() {
		st := l.Stats()
		v.log.Debug("loop", "index", l.Index(), "polls", st.Polls, "events", st.Events, "stale", st.Stale,
			"wakes", st.Wakes, "tasks", st.Tasks, "timers", st.Timers, "parks", st.Parks,
			"busy", st.Busy, "lagmax", st.LagMax)
	}
}
