package session

import (
	"context"
	"net"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"clusterctl/schema"
)

func TestHostNamesOfMembersAreResolved(t *testing.T) {
	t.Parallel()
	lookup := func(_ context.Context, host string) ([]string, error) {
		if strings.HasSuffix(host, ".known") {
			return []string{"192.0.2.1"}, nil
		}
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	gone := schema.Ref{Kind: schema.KindMember, Name: "gone"}
	want := schema.Preseed{
		Want: schema.NewCluster(schema.Facts{}, schema.Object{Ref: gone, State: schema.StateLost}),
		Members: []schema.Member{
			{Name: "address", Address: "10.0.0.1:8443", Connection: schema.Connection{Default: true}},
			{Name: "six", Address: "[fd00::1]:8443", Connection: schema.Connection{Default: true}},
			{Name: "known", Address: "a.known:8443", Connection: schema.Connection{Default: true}},
			{Name: "unknown", Address: "b.example:8443",
				Connection: schema.Connection{SSH: &schema.SSH{Host: "b.example"}}},
			{Name: "elsewhere", Address: "c.example:8443",
				Connection: schema.Connection{SSH: &schema.SSH{Host: "10.0.0.3"}}},
			{Name: "behind", Address: "c.example:8443",
				Connection: schema.Connection{SSH: &schema.SSH{Host: "10.0.0.3", Jump: "ssh://gate"}}},
			{Name: "gone", Address: "d.example:8443", Connection: schema.Connection{Default: true}},
		},
	}
	got := map[string]schema.Severity{}
	for _, d := range (&Session{World: World{LookupHost: lookup}}).Resolve(t.Context(), want) {
		got[d.Member] = d.Severity
	}
	if diff := cmp.Diff(map[string]schema.Severity{"unknown": schema.SeverityError, "elsewhere": schema.SeverityError,
		"behind": schema.SeverityWarning}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCertificatesAreReadFromFiles(t *testing.T) {
	t.Parallel()
	const text = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"
	readFile := func(_, path string) ([]byte, error) {
		switch path {
		case "good":
			return []byte(text), nil
		case "bad":
			return []byte("hello"), nil
		}
		return nil, os.ErrNotExist
	}
	want, found := withCertificates(schema.Preseed{Members: []schema.Member{
		{Name: "none"}, {Name: "good", CertificateFile: "good"}, {Name: "bad",
			CertificateFile: "bad"}, {Name: "away", CertificateFile: "away"},
		{Name: "both", Certificate: "given", CertificateFile: "bad"},
	}}, readFile)
	got := map[string]string{}
	for _, m := range want.Members {
		got[m.Name] = m.Certificate
	}
	for _, d := range found {
		got[d.Member] = string(d.Severity)
	}
	if diff := cmp.Diff(map[string]string{"none": "", "good": text, "bad": "error", "away": "warning",
		"both": "given"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCtrlCEndsReadingAtOnce(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	begun, end := make(chan struct{}), make(chan struct{})
	t.Cleanup(func() { close(end) })
	go func() { <-begun; cancel() }()
	err := Within(ctx, func() func() {
		close(begun)
		<-end // a file that takes its time
		return func() { t.Error("got its result") }
	})
	if CodeOf(err) != ExitInterrupted {
		t.Errorf("got %v, want an interruption", err)
	}
}
