package session

import (
	"cmp"
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"

	"clusterctl/plan"
	"clusterctl/schema"
	"clusterctl/schema/preseed"
)

// lookupLimit is how long one host name may take to be resolved.
const lookupLimit = 5 * time.Second

// Decode reads the inputs as a preseed, judged as [Session.Judge] does.
func (s *Session) Decode(ctx context.Context, inputs []preseed.Input) (schema.Preseed, schema.Diagnostics, error) {
	entries, err := s.Entries(ctx, inputs)
	if err != nil {
		return schema.Preseed{}, nil, err
	}
	return s.Judge(ctx, entries)
}

// Entries reads the inputs and the files that they name. A saved plan among them is a slip of the hand with a clear
// answer.
func (s *Session) Entries(ctx context.Context, inputs []preseed.Input) (entries *preseed.Entries, err error) {
	for _, input := range inputs {
		if isPlan(input.Data) {
			return nil, Fail(ExitUsage, "A saved plan is read by: clusterctl apply "+input.Name,
				fmt.Errorf("%s is a saved plan, not a preseed", input.Name))
		}
	}
	err = Within(ctx, func() func() {
		read := preseed.Read(s.Registry, inputs, s.attach)
		return func() { entries = read }
	})
	return entries, err
}

// Judge makes a preseed of entries, for the servers that they name. Without that nobody has said what runs on the
// members: they are judged for LXD, and for Incus when less is wrong with them then.
func (s *Session) Judge(ctx context.Context, entries *preseed.Entries) (schema.Preseed, schema.Diagnostics, error) {
	reg := s.Registry.For(entries.Server())
	want, found, err := s.judgeFor(ctx, entries, reg)
	if err != nil || !found.Has(schema.SeverityError) || !reg.Assumed() {
		return want, found, err
	}
	other, fewer, err := s.judgeFor(ctx, entries, s.Registry.Assuming(schema.JudgedIncus))
	if fewer.Count(schema.SeverityError) < found.Count(schema.SeverityError) {
		return other, fewer, err
	}
	return want, found, err
}

// judgeFor makes a preseed of entries for servers of the registry's flavour.
func (s *Session) judgeFor(ctx context.Context, entries *preseed.Entries, reg schema.Registry) (
	want schema.Preseed, found schema.Diagnostics, err error,
) {
	err = Within(ctx, func() func() {
		p, diagnostics := entries.Judge(reg)
		p, refused := s.resolved(p, entries.Excerpt)
		return func() { want, found = p, append(diagnostics, refused...).Sorted() }
	})
	return want, found, err
}

// Within runs a function that knows no context, and keeps what it returns, unless the context ends before: whoever
// presses Ctrl-C does not wait for a huge file, or for a terminal, where reading cannot be called off. The function
// then goes on until the program ends, which is at once.
func Within(ctx context.Context, do func() (keep func())) error {
	done := make(chan func(), 1)
	go func() { done <- do() }()
	select {
	case keep := <-done:
		keep()
		return nil
	case <-ctx.Done():
		return Fail(ExitInterrupted, "", errors.New("interrupted while reading the preseed"))
	}
}

// withCertificates returns the preseed with the certificates that join documents name by a file. lxd init reads that
// file on the joining server; one that is not on this machine is a warning, and the cluster is asked instead.
func withCertificates(want schema.Preseed, named func(from, path string) ([]byte, error)) (schema.Preseed,
	schema.Diagnostics) {
	var found schema.Diagnostics
	want.Members = slices.Clone(want.Members)
	for i, m := range want.Members {
		if m.CertificateFile == "" || m.Certificate != "" {
			continue
		}
		d := schema.Diagnostic{Severity: schema.SeverityWarning, Code: schema.CodeCertificate, Position: m.Pos,
			Member: m.Name, Ref: schema.Ref{Kind: schema.KindMember, Name: m.Name}}
		data, err := named(m.Pos.File, m.CertificateFile)
		block, _ := pem.Decode(data)
		switch {
		case err != nil:
			d.Summary = fmt.Sprintf("cannot read the cluster's certificate for member %s: %v", m.Name, err)
			d.Detail = "The certificate is taken from the cluster itself, over the connection to it."
			d.Hint = "copy the file into the folder of this preseed, or leave cluster_certificate_path out"
			found = append(found, d)
		case block == nil || block.Type != "CERTIFICATE":
			d.Severity = schema.SeverityError
			d.Summary = fmt.Sprintf("cannot use %s: it holds no certificate in PEM", m.CertificateFile)
			d.Hint = "name the cluster.crt of a member of the cluster"
			found = append(found, d)
		default:
			want.Members[i].Certificate = string(pem.EncodeToMemory(block))
		}
	}
	return want, found
}

// Resolve looks up the host names in the members' addresses. A name that nobody knows is an error; it is only a
// warning for a member behind a jump host, whose network may have a DNS of its own.
func (s *Session) Resolve(ctx context.Context, want schema.Preseed) schema.Diagnostics {
	return slices.Concat(each(10, want.Members, func(m schema.Member) schema.Diagnostics {
		host, _, err := net.SplitHostPort(m.Address)
		if err != nil || host == "" || net.ParseIP(host) != nil || leaving(want, m.Name) {
			return nil
		}
		ctx, cancel := context.WithTimeout(ctx, lookupLimit)
		defer cancel()
		if _, err := s.LookupHost(ctx, host); err != nil && ctx.Err() != context.Canceled {
			return schema.Diagnostics{unresolved(want, m, host, err)}
		}
		return nil
	})...).Sorted()
}

// leaving reports whether the member is to be removed; its name may be gone already.
func leaving(want schema.Preseed, member string) bool {
	o, _ := want.Want.Get(schema.Ref{Kind: schema.KindMember, Name: member})
	return o.State == schema.StateAbsent || o.State == schema.StateLost
}

func unresolved(want schema.Preseed, m schema.Member, host string, err error) schema.Diagnostic {
	ref := schema.Ref{Kind: schema.KindMember, Name: m.Name}
	at := want.Source.At(ref, "attrs.address")
	if at.Line == 0 {
		at = m.Pos
	}
	reason := err.Error()
	if dns := (*net.DNSError)(nil); errors.As(err, &dns) {
		reason = dns.Err
	}
	d := schema.Diagnostic{Severity: schema.SeverityError, Code: schema.CodeAddress, Position: at, Ref: ref,
		Member: m.Name, Summary: fmt.Sprintf("cannot resolve %q, the address of member %s", host, m.Name),
		Detail: "Every member must be able to reach every other one at its address. The answer was: " + reason + ".",
		Hint:   "write the IP address, or make the name known in DNS or /etc/hosts"}
	if m.Connection.SSH != nil && m.Connection.SSH.Jump != "" {
		d.Severity = schema.SeverityWarning // the members' network, names included, is behind the jump host
		d.Hint = "nothing, if the members themselves know the name; otherwise write the IP address"
	}
	return d
}

// withFindings returns the plan with what was found in its input put before its own diagnostics.
func withFindings(p *plan.Plan, found schema.Diagnostics) *plan.Plan {
	out := *p
	out.Diagnostics = slices.Concat(found, p.Diagnostics)
	return &out
}

// ValidateOptions say what to judge for.
type ValidateOptions struct {
	// Server is what the members run; unknown stands for LXD 5.0.2.
	Server schema.Flavour
	// Metadata is a file with the keys that a server lists as its own, from clusterctl schema --metadata; empty for none.
	Metadata string
	// Resolve looks up the host names of the members.
	Resolve bool
	// Advice adds what is right and often regretted.
	Advice bool
}

// Validation is what was found in a preseed.
type Validation struct {
	Want  schema.Preseed
	Found schema.Diagnostics
	// ForIncus reports that it is valid for Incus, where nobody has said what it is for.
	ForIncus bool
}

// Validate reads and checks the inputs and speaks to no server.
func (s *Session) Validate(ctx context.Context, names []string, o ValidateOptions) (v Validation, err error) {
	inputs, err := s.Inputs(names)
	if err != nil {
		return v, err
	}
	entries, err := s.Entries(ctx, inputs)
	if err != nil {
		return v, err
	}
	if o.Server.Product == "" {
		o.Server = entries.Server()
	}
	reg := s.Registry.For(o.Server)
	if o.Metadata != "" {
		text, err := s.ReadFile(o.Metadata)
		if err != nil {
			return v, err
		}
		list, err := schema.ReadMetadata(text)
		if err != nil {
			return v, Fail(ExitUsage, "clusterctl schema --metadata writes one.", fmt.Errorf("%s: %w", o.Metadata, err))
		}
		reg, o.Server = reg.Told(list), cmp.Or(list.Server, o.Server)
	}
	if v.Want, v.Found, err = s.judgeFor(ctx, entries, reg); err != nil {
		return v, err
	}
	if o.Advice && !v.Found.Has(schema.SeverityError) {
		v.Found = append(v.Found, entries.Advise(v.Want)...).Sorted()
	}
	if o.Resolve && !v.Found.Has(schema.SeverityError) {
		v.Found = append(v.Found, s.Resolve(ctx, v.Want)...).Sorted()
	}
	if o.Server.Product == "" && v.Found.Has(schema.SeverityError) {
		other, fewer, err := s.Judge(ctx, entries)
		v.ForIncus = err == nil && other.Judged != v.Want.Judged && !fewer.Has(schema.SeverityError)
	}
	return v, nil
}
