namespace MtrlFunctional.Spaces

/// Environments that a program adds: `env=own/NAME`. What experiments, networks and checks need of them.
type OwnEnvironment = {
    Name: string
    /// Names of its tasks, in the order of their indices.
    Tasks: string list
    /// Sizes of all its environments.
    Spec: EnvironmentSpec
}
