package tlsbridge_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/tlsbridge"
)

// httpsClient fetches through our sockets. At the end of the test it waits for
// net/http's goroutines to close them.
func httpsClient(t *testing.T, cctx *tlsbridge.Context) *http.Client {
	t.Helper()
	var mu sync.Mutex
	var dialed []*tlsbridge.Socket
	tr := &http.Transport{DialTLSContext: func(ctx context.Context, _, addr string) (net.Conn, error) {
		to, err := net.ResolveTCPAddr("tcp", addr)
		if err != nil {
			return nil, err
		}
		plain, err := fdsock.CreateConnectionContext(ctx, to.IP.String(), to.Port, fdsock.DialOptions{})
		if err != nil {
			return nil, err
		}
		s, err := cctx.Wrap(plain, tlsbridge.Options{ServerHostname: serverName})
		if err != nil {
			return nil, errors.Join(err, plain.Close())
		}
		if err := s.HandshakeContext(ctx); err != nil {
			return nil, errors.Join(err, s.Close())
		}
		mu.Lock()
		defer mu.Unlock()
		dialed = append(dialed, s)
		return s.Conn()
	}}
	t.Cleanup(func() {
		tr.CloseIdleConnections()
		mu.Lock()
		defer mu.Unlock()
		for _, s := range dialed {
			for s.Fileno() >= 0 {
				yield()
			}
		}
	})
	return &http.Client{Transport: tr}
}

// TestHTTP serves and fetches through the views: Accept does not wait for the
// silent connection that comes first, which is hung up on in time; crypto/tls
// gets its answer too; the server sees the state of the connection, and a
// client that goes away.
func TestHTTP(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		l := listening(t, v)
		l.SetTimeout(0) // which the view does not mind
		view, err := l.Listener()
		must(t, err)
		type key struct{}
		gone := make(chan error, 1)
		mux := http.NewServeMux()
		mux.HandleFunc("POST /echo", func(w http.ResponseWriter, r *http.Request) {
			cs := r.Context().Value(key{}).(*tlsbridge.Conn).ConnectionState()
			w.Header().Set("Version", fmt.Sprint(tlsbridge.TLSVersion(cs.Version)))
			if _, err := io.Copy(w, r.Body); err != nil {
				t.Error(err)
			}
		})
		started := make(chan bool, 1)
		mux.HandleFunc("GET /wait", func(_ http.ResponseWriter, r *http.Request) {
			started <- true
			<-r.Context().Done() // by net/http's reading in the background
			gone <- r.Context().Err()
		})
		srv := &http.Server{
			Handler: mux, ReadHeaderTimeout: 500 * time.Millisecond,
			ConnContext: func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, key{}, c) },
		}
		serving := make(chan error, 1)
		go func() { serving <- srv.Serve(view) }()
		silent, err := net.Dial("tcp", view.Addr().String())
		must(t, err)
		defer silent.Close()

		cctx, _ := contexts(t, v)
		stdConfig, _ := stdConfigs(v)
		std := &http.Transport{TLSClientConfig: stdConfig}
		ours := httpsClient(t, cctx)
		url := "https://" + view.Addr().String()
		body := strings.Repeat("0123456789", 50_000)
		for _, client := range []*http.Client{ours, {Transport: std}, ours} {
			resp, err := client.Post(url+"/echo", "text/plain", strings.NewReader(body))
			must(t, err)
			got, err := io.ReadAll(resp.Body)
			must(t, err)
			must(t, resp.Body.Close())
			if string(got) != body || resp.Header.Get("Version") != v.String() {
				t.Errorf("%d bytes came back of %d, over %s", len(got), len(body), resp.Header.Get("Version"))
			}
		}
		ctx, cancel := context.WithCancel(t.Context())
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/wait", http.NoBody)
		must(t, err)
		go func() { <-started; cancel() }()
		resp, err := ours.Do(req)
		if err == nil {
			must(t, resp.Body.Close())
		}
		wantErrors(t, err, context.Canceled)
		wantErrors(t, <-gone, context.Canceled)
		_, _ = io.Copy(io.Discard, silent) // until it is hung up on
		std.CloseIdleConnections()
		ours.CloseIdleConnections()
		must(t, srv.Shutdown(t.Context()))
		wantErrors(t, <-serving, http.ErrServerClosed)
	})
}

// TestListener accepts by its own deadline, and passes over connections that
// cannot be wrapped any more.
func TestListener(t *testing.T) {
	versions(t, func(t *testing.T, v tlsbridge.TLSVersion) {
		l := listening(t, v)
		l.SetTimeout(0)
		view, err := l.Listener()
		must(t, err)
		must(t, view.SetDeadline(past))
		_, err = view.Accept()
		wantOp(t, err, "accept", fdsock.ErrTimeout)
		must(t, view.SetDeadline(time.Time{}))

		gone, err := net.Dial("tcp", view.Addr().String())
		must(t, err)
		_, err = gone.Write([]byte("x"))
		must(t, err)
		must(t, gone.(*net.TCPConn).SetLinger(0))
		must(t, gone.Close())
		stdConfig, _ := stdConfigs(v)
		dialed := make(chan error, 1)
		go func() {
			c, err := tls.Dial("tcp", view.Addr().String(), stdConfig)
			if err == nil {
				err = c.Close()
			}
			dialed <- err
		}()
		for range 2 { // the reset shows in Accept, or in the first Read
			c, err := view.Accept()
			must(t, err)
			_, err = c.Read(make([]byte, 1))
			must(t, c.Close())
			if errors.Is(err, io.EOF) {
				break
			}
			wantOp(t, err, "read")
		}
		must(t, <-dialed)

		must(t, l.Context().SetVersions(tlsbridge.TLSv1_1, tlsbridge.TLSv1_3)) // a hole among the versions
		must(t, l.Context().SetOptions(l.Context().Options()|tlsbridge.OP_NO_TLSv1_2))
		refused, err := net.Dial("tcp", view.Addr().String())
		must(t, err)
		_, err = view.Accept()
		wantOp(t, err, "accept", errors.ErrUnsupported)
		if _, err := refused.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Error("what cannot be wrapped stays open:", err)
		}
		must(t, refused.Close())

		accepting := make(chan error, 1)
		go func() { _, err := view.Accept(); accepting <- err }()
		must(t, view.Close())
		wantOp(t, <-accepting, "accept", net.ErrClosed)
		_, err = l.Listener()
		wantErrors(t, err, net.ErrClosed)
	})
}
