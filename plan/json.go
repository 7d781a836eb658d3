package plan

import (
	"bytes"
	"encoding/json"
	"fmt"

	"clusterctl/schema"
)

// document is the JSON form of a plan, a contract described in docs/json.md.
type document struct {
	FormatVersion int                   `json:"format_version"`
	Flavour       schema.Flavour        `json:"flavour"`
	Cluster       string                `json:"cluster,omitempty"`
	Source        string                `json:"source"`
	Targets       []string              `json:"targets,omitempty"`
	Excludes      []string              `json:"excludes,omitempty"`
	Refused       bool                  `json:"refused"`
	Summary       Summary               `json:"summary"`
	Changes       []changeJSON          `json:"changes"`
	Steps         []stepJSON            `json:"steps"`
	Unseen        []Unseen              `json:"unseen"`
	Diagnostics   schema.Diagnostics    `json:"diagnostics"`
	Files         []string              `json:"files"`
	Members       []schema.Member       `json:"members"`
	Bootstrap     string                `json:"bootstrap"`
	Base          map[schema.Ref]string `json:"base"`
	Rehearsal     *Rehearsal            `json:"rehearsal,omitempty"`
	Seal          string                `json:"seal,omitempty"`
}

type changeJSON struct {
	Kind    schema.KindName `json:"kind"`
	Name    string          `json:"name"`
	Project string          `json:"project"`
	Action  Action          `json:"action"`
	Reason  string          `json:"reason"`
	Fields  []FieldChange   `json:"fields"`
	At      schema.Position `json:"at,omitzero"`
}

// stepJSON lifts the operation's kind to the step, where readers look for it, and has member and needs even when
// they are empty. Serial is what older readers know of sections: all are one to them.
type stepJSON struct {
	Kind   OpKind   `json:"kind"`
	Member string   `json:"member"`
	Needs  []StepID `json:"needs"`
	Serial bool     `json:"serial,omitempty"`
	Step
}

// Summary counts a plan.
type Summary struct {
	Create  int `json:"create"`
	Update  int `json:"update"`
	Delete  int `json:"delete"`
	Resume  int `json:"resume"`
	Rebuild int `json:"rebuild"`
	Refuse  int `json:"refuse"`
	Steps   int `json:"steps"`
}

// Summary returns the counts of the plan.
func (p *Plan) Summary() Summary {
	s := Summary{Steps: len(p.Steps)}
	for _, c := range p.Changes {
		switch c.Action {
		case Create:
			s.Create++
		case Update:
			s.Update++
		case Delete:
			s.Delete++
		case Rebuild:
			s.Rebuild++
		case Resume:
			s.Resume++
		case Refuse:
			s.Refuse++
		}
	}
	return s
}

// MarshalJSON writes the versioned form.
func (p *Plan) MarshalJSON() ([]byte, error) {
	doc := document{FormatVersion: Format, Flavour: p.Flavour, Cluster: p.Cluster, Source: p.Source,
		Targets: p.Targets, Excludes: p.Excludes, Refused: p.Refused(),
		Summary: p.Summary(), Changes: []changeJSON{}, Steps: []stepJSON{}, Unseen: append([]Unseen{}, p.Unseen...),
		Diagnostics: p.Diagnostics, Files: p.Files, Members: p.Members, Bootstrap: p.Bootstrap, Base: p.Base,
		Rehearsal: p.Rehearsal, Seal: p.Seal}
	if doc.Diagnostics == nil {
		doc.Diagnostics = schema.Diagnostics{}
	}
	for _, c := range p.Changes {
		fields := c.Fields
		if fields == nil {
			fields = []FieldChange{}
		}
		doc.Changes = append(doc.Changes, changeJSON{Kind: c.Ref.Kind, Name: c.Ref.Name, Project: c.Ref.Project,
			Action: c.Action, Reason: c.Reason, Fields: fields, At: c.At})
	}
	for _, s := range p.Steps {
		doc.Steps = append(doc.Steps, stepJSON{Kind: s.Op.Kind, Member: s.Member, Needs: append([]StepID{}, s.Needs...),
			Serial: len(s.Sections) > 0, Step: s})
	}
	return json.Marshal(doc)
}

// UnmarshalJSON reads what MarshalJSON wrote. It refuses a format, and a field, that it does not know.
func (p *Plan) UnmarshalJSON(b []byte) error {
	var doc document
	decoder := json.NewDecoder(bytes.NewReader(b))
	decoder.DisallowUnknownFields()
	switch err := decoder.Decode(&doc); {
	case err == nil && doc.FormatVersion == 0, doc.FormatVersion != 0 && doc.FormatVersion != Format:
		return fmt.Errorf("reading a plan: its format is %d, this clusterctl reads %d: make the plan again",
			doc.FormatVersion, Format)
	case err != nil:
		return fmt.Errorf("reading a plan: %w", err)
	}
	*p = Plan{Flavour: doc.Flavour, Cluster: doc.Cluster, Source: doc.Source, Targets: doc.Targets,
		Excludes: doc.Excludes, Files: doc.Files,
		Diagnostics: doc.Diagnostics, Members: doc.Members, Bootstrap: doc.Bootstrap, Base: doc.Base,
		Unseen:    doc.Unseen,
		Rehearsal: doc.Rehearsal, Seal: doc.Seal}
	for _, c := range doc.Changes {
		ref := schema.Ref{Kind: c.Kind, Project: c.Project, Name: c.Name}
		p.Changes = append(p.Changes, Change{Ref: ref, Action: c.Action, Reason: c.Reason, Fields: c.Fields, At: c.At})
	}
	for _, s := range doc.Steps {
		s.Step.Member, s.Step.Needs = s.Member, s.Needs
		if s.Serial && len(s.Sections) == 0 {
			s.Sections = []Section{SectionCluster}
		}
		p.Steps = append(p.Steps, s.Step)
	}
	return nil
}
