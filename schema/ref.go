package schema

import (
	"cmp"
	"fmt"
	"strings"
)

// KindName names a resource kind in text: "storage_pool", "profile".
type KindName string

// The kinds that other packages have to know by name. Every other kind is known only through its [Spec].
const (
	KindServer      KindName = "server"
	KindMember      KindName = "member"
	KindGroup       KindName = "cluster_group"
	KindProject     KindName = "project"
	KindStoragePool KindName = "storage_pool"
	KindNetwork     KindName = "network"
	KindProfile     KindName = "profile"
	KindVolume      KindName = "storage_volume"
	KindInstance    KindName = "instance"
	KindImage       KindName = "image"
)

// DefaultProject is the project that always exists and that a [Ref] leaves out of its text form.
const DefaultProject = "default"

// ServerName is the name of the one object of kind [KindServer]: the configuration of the cluster's servers.
const ServerName = "config"

// Ref identifies an object. Project is empty for kinds that live outside projects.
type Ref struct {
	Kind    KindName
	Project string
	Name    string
}

// String returns "storage_pool/fast", "profile/default", or "profile/web/default" for a project other than
// the default one.
func (r Ref) String() string {
	if r.Project != "" && r.Project != DefaultProject {
		return fmt.Sprintf("%s/%s/%s", r.Kind, r.Project, r.Name)
	}
	return fmt.Sprintf("%s/%s", r.Kind, r.Name)
}

// MarshalText makes Ref usable as a JSON string and as a JSON object key.
func (r Ref) MarshalText() ([]byte, error) {
	if r.Kind == "" {
		return nil, nil
	}
	return []byte(string(r.Kind) + "/" + r.Project + "/" + r.Name), nil
}

// UnmarshalText reads what MarshalText wrote: KIND/PROJECT/NAME, the project possibly empty.
func (r *Ref) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*r = Ref{}
		return nil
	}
	kind, rest, ok := strings.Cut(string(b), "/")
	project, name, ok2 := strings.Cut(rest, "/")
	if !ok || !ok2 || kind == "" || name == "" {
		return fmt.Errorf("reading reference %q: want KIND/PROJECT/NAME", b)
	}
	*r = Ref{Kind: KindName(kind), Project: project, Name: name}
	return nil
}

// Compare orders references by kind, project and name, names as people do.
func (r Ref) Compare(o Ref) int {
	return cmp.Or(cmp.Compare(r.Kind, o.Kind), CompareNames(r.Project, o.Project), CompareNames(r.Name, o.Name))
}
