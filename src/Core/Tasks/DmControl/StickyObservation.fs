namespace MtrlFunctional.Tasks.DmControl

open MtrlFunctional.Randomness

/// Observations that are old at random: partial observability.
///
/// Source: MTEnv's wrapper of this name as documented; as coded it cannot be constructed.
type StickyObservation = {
    /// Of an old observation in place of the newest, in [0, 1].
    Probability: float
    /// Largest age of an observation, at least 1.
    LastK: int
}

/// Which observation is shown.
module internal StickyObservation =
    /// Age of the observation after `steps` steps of an episode: 0 is the newest; with the given probability
    /// one of the last k before it, each equally likely. None is older than the start of the episode.
    [<CompiledName("Age")>]
    let age sticky (steps: int) key =
        let draw = Key.at (int64 steps) key
        let oldest = min sticky.LastK steps

        if oldest > 0 && Key.uniform (Key.at 0L draw) < sticky.Probability then
            1 + Key.below oldest (Key.at 1L draw)
        else
            0
