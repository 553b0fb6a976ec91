package tlsbridge_test

import (
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/pollux-net/pollux/fdsock"
	"github.com/pollux-net/pollux/pyselect"
	"github.com/pollux-net/pollux/tlsbridge"
)

// exampleContexts returns a server's context and a client's that trusts it.
// Programs have files: LoadCertChain, and CreateDefaultContext for clients.
func exampleContexts() (server, client *tlsbridge.Context) {
	server, err := tlsbridge.NewContext(tlsbridge.PROTOCOL_TLS_SERVER)
	check(err)
	server.AddCertificate(pki().server.TLS())
	client, err = tlsbridge.NewContext(tlsbridge.PROTOCOL_TLS_CLIENT)
	check(err)
	check(client.LoadVerifyData(pki().authority.PEM()))
	return server, client
}

// exampleServer returns a TLS socket that listens, and its address.
func exampleServer(ctx *tlsbridge.Context) (*tlsbridge.Socket, fdsock.Addr) {
	plain, err := fdsock.CreateServer("127.0.0.1", 0, fdsock.ServerOptions{})
	check(err)
	listener, err := ctx.Wrap(plain, tlsbridge.Options{})
	check(err)
	addr, err := listener.GetSockName()
	check(err)
	return listener, addr
}

// exampleClient returns a TLS socket that is to be connected.
func exampleClient(ctx *tlsbridge.Context) *tlsbridge.Socket {
	plain, err := fdsock.New(fdsock.AF_INET, fdsock.SOCK_STREAM, 0)
	check(err)
	s, err := ctx.Wrap(plain, tlsbridge.Options{ServerHostname: serverName})
	check(err)
	return s
}

// serveOne answers one client, and says farewell.
func serveOne(listener *tlsbridge.Socket) {
	conn, _, err := listener.Accept()
	check(err)
	check(conn.DoHandshake())
	question, err := conn.Recv(1024)
	check(err)
	check(conn.SendAll([]byte("you said " + string(question))))
	plain, err := conn.Unwrap()
	check(err)
	check(plain.Close())
}

func check(err error) {
	if err != nil {
		log.Panic(err)
	}
}

// A client and a server whose calls wait, with a timeout.
func Example_blocking() {
	serverContext, clientContext := exampleContexts()
	listener, addr := exampleServer(serverContext)
	defer listener.Close()
	served := make(chan bool)
	go func() { serveOne(listener); close(served) }()

	s := exampleClient(clientContext)
	s.SetTimeout(10 * time.Second) // for each call
	check(s.Connect(addr))
	check(s.DoHandshake())
	check(s.SendAll([]byte("hello")))
	answer, err := s.Recv(1024)
	check(err)
	fmt.Printf("%s, in %s with %s\n", answer, s.Version(), s.ConnectionState().ServerName)
	plain, err := s.Unwrap() // both ends say farewell
	check(err)
	check(plain.Close())
	<-served
	// Output: you said hello, in TLSv1.3 with server.test
}

// A client that never waits but in Select, where it could wait for many.
func Example_nonblocking() {
	serverContext, clientContext := exampleContexts()
	listener, addr := exampleServer(serverContext)
	defer listener.Close()
	served := make(chan bool)
	go func() { serveOne(listener); close(served) }()

	s := exampleClient(clientContext)
	check(s.Connect(addr))
	s.SetBlocking(false)
	again := func(call func() error) { // until it does not want to wait
		for {
			var err error
			self := []pyselect.Object{s}
			switch err = call(); {
			case tlsbridge.SSLWantReadError(err):
				_, _, _, err = pyselect.Select(self, nil, nil, pyselect.Forever)
			case tlsbridge.SSLWantWriteError(err):
				_, _, _, err = pyselect.Select(nil, self, nil, pyselect.Forever)
			default:
				check(err)
				return
			}
			check(err)
		}
	}
	again(s.DoHandshake)
	again(func() error { return s.SendAll([]byte("hello")) })
	var answer []byte
	again(func() (err error) { answer, err = s.Recv(1024); return err })
	fmt.Printf("%s\n", answer)
	again(func() error {
		plain, err := s.Unwrap()
		if err == nil {
			err = plain.Close()
		}
		return err
	})
	<-served
	// Output: you said hello
}

// Package net/http on both ends, over the views for package net.
func Example_http() {
	serverContext, clientContext := exampleContexts()
	listener, addr := exampleServer(serverContext)
	view, err := listener.Listener()
	check(err)
	server := &http.Server{
		ReadHeaderTimeout: 10 * time.Second, // for the handshake, too: Accept does not make it
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = fmt.Fprintf(w, "%s %s", r.Method, r.URL.Path) // the client may have gone
		}),
	}
	served := make(chan error)
	go func() { served <- server.Serve(view) }()

	transport := &http.Transport{
		// net/http then leaves Response.TLS nil: ask the connection.
		DialTLSContext: func(ctx context.Context, _, address string) (net.Conn, error) {
			host, port, err := net.SplitHostPort(address)
			if err != nil {
				return nil, err
			}
			number, err := strconv.Atoi(port)
			if err != nil {
				return nil, err
			}
			s := exampleClient(clientContext)
			if err = s.ConnectContext(ctx, fdsock.Inet(host, number)); err == nil {
				err = s.HandshakeContext(ctx)
			}
			if err != nil {
				_ = s.Close()
				return nil, err
			}
			return s.Conn()
		},
	}
	response, err := (&http.Client{Transport: transport}).Get("https://" + addr.String() + "/there")
	check(err)
	text, err := io.ReadAll(response.Body)
	check(err)
	check(response.Body.Close())
	fmt.Println(response.StatusCode, string(text))
	transport.CloseIdleConnections()
	check(server.Shutdown(context.Background()))
	fmt.Println(<-served)
	// Output:
	// 200 GET /there
	// http: Server closed
}
