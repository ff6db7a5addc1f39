namespace MtrlFunctional.Experiments

/// A run as data: everything that decides it, checked, defaults filled in.
type Experiment = {
    Choices: Choices
    Behaviour: Behaviour
    Setup: Setup
    Environment: EnvironmentKeys
    Agent: Agent
    Schedule: Schedule
    ReplayBuffer: ReplayBuffer
    Logging: Logging
    /// Values of keys that the experiment does not read: keys of other algorithms, of what is not
    /// available yet, and of the original programs. Kept for the record.
    Unread: (string * Value) list
    /// How the experiment was written.
    Provenance: Provenance
}

/// The words of an experiment, which decide the values that follow others when it is edited. No part of what the experiment is:
/// all provenances are equal.
and [<CustomEquality; NoComparison>] Provenance = internal {
    Words: GivenWord list
    /// All words, also of edits with mistakes, which were left out.
    Given: GivenWord list
    /// Of what is no word.
    Mistakes: ConfigError list
    /// The experiment as these words made it.
    Made: Experiment option
    /// The experiment of other words, by the same table of keys; `true`: it is to be run here.
    Compose: bool -> GivenWord list -> Result<Experiment * Warning list, ConfigError list>
    /// Words of a command line, presets replaced by their words, with the giver of each; and mistakes in presets.
    Expand: string list -> (Giver * string) list * ConfigError list
} with

    override _.Equals other = other :? Provenance
    override _.GetHashCode() = 0

module internal Provenance =
    /// Of a record that no words were read into yet.
    let none = {
        Words = []
        Given = []
        Mistakes = []
        Made = None
        Compose = fun _ _ -> Error []
        Expand = fun _ -> [], []
    }
