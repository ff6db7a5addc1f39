namespace MtrlFunctional.Spaces

/// Observations with the steps before them, for agents that find out the constants of an episode.
type History = {
    /// Steps before an observation that it contains, at least 1.
    Steps: int
}

/// Environments whose observations contain the steps before them.
module History =
    /// Numbers of a frame behind the observation of the environment: the action before, its reward, and a mark that is 1 at
    /// the first observation of an episode.
    [<CompiledName("Columns")>]
    let columns spec = EnvironmentSpec.actionSize spec + 2

    /// The specification of environments of `spec` with a history: frames of consecutive steps, the newest first. Before the
    /// first observation of an episode its frame is repeated.
    [<CompiledName("Spec")>]
    let internal spec (history: History) (spec: EnvironmentSpec) : EnvironmentSpec =
        let frame = EnvironmentSpec.observationSize spec + columns spec
        let frames = history.Steps + 1

        {
            spec with
                Observation = { EnvironmentSpec.vector (frames * frame) with Frames = frames }
        }
