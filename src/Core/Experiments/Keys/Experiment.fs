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
    /// Keys of an algorithm that was added to the table (`AlgorithmKeys`).
    Added: (string * Value) list
    /// Keys of the original programs that nothing here reads, kept for the record.
    Ignored: (string * Value) list
}
