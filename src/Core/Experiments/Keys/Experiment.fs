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
    /// Values of keys that the experiment does not read: those of other algorithms, of what is not
    /// available yet, and of the original programs. Kept for the record.
    Unread: (string * Value) list
}
