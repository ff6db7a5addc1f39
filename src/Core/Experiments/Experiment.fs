namespace Mtrl.Experiments

/// A run as data: everything that decides it, checked, defaults filled in.
type Experiment = {
    Choices: Choices
    Setup: Setup
    Environment: Environment
    Agent: Agent
    Schedule: Schedule
    ReplayBuffer: ReplayBuffer
    Logging: Logging
}
