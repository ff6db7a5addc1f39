namespace MtrlFunctional.Cadm

open MtrlFunctional.Tensors

/// Consecutive steps of one episode for each row, the newest first.
type Steps = {
    /// s, [rows; steps; states].
    State: Tensor
    /// a, [rows; steps; actions].
    Action: Tensor
    /// r, [rows; steps; 1].
    Reward: Tensor
    /// s', [rows; steps; states].
    Next: Tensor
    /// 1, or 0 where the episode had not begun, in which case the other numbers have no meaning; [rows; steps; 1].
    Present: Tensor
}

/// Steps from the frames of observations (`History`).
module Steps =
    let private columns (start: int) (count: int) (x: Tensor) =
        Tensor.narrow 2 (int64 start) (int64 count) x

    /// The frames of observations [tasks; rows; obs] as [tasks · rows; frames; frame], the newest first.
    let private framesOf config (obs: Tensor) =
        let frames = (CadmConfig.history config.Settings).Steps + 1
        Tensor.reshape [| -1L; int64 frames; int64 (CadmConfig.frameSize config) |] obs

    /// The state in the newest frame of observations [tasks; rows; obs], [tasks · rows; states].
    let newestState config (obs: Tensor) =
        framesOf config obs |> columns 0 config.StateSize |> Tensor.select 1 0L

    /// All steps of observations [tasks; rows; obs].
    let ofObservations config (obs: Tensor) : Steps =
        let frames = framesOf config obs
        let states, actions = config.StateSize, CadmConfig.actionSize config
        let steps = Tensor.size 1 frames - 1L
        let after = Tensor.narrow 1 0L steps frames
        let before = Tensor.narrow 1 1L steps frames

        {
            State = columns 0 states before
            Action = columns states actions after
            Reward = columns (states + actions) 1 after
            Next = columns 0 states after
            // A first observation follows no step.
            Present = 1.0 +. -1.0 *. columns (states + actions + 1) 1 after
        }

    /// The steps with each tensor changed.
    let map f steps : Steps = {
        State = f steps.State
        Action = f steps.Action
        Reward = f steps.Reward
        Next = f steps.Next
        Present = f steps.Present
    }

    /// `count` steps from the `first` newest on.
    let part (first: int) (count: int) =
        map (Tensor.narrow 1 (int64 first) (int64 count))

    /// s' − s.
    let change steps = steps.Next .- steps.State

    /// State and action, the inputs of the forward model: [rows; steps; states + actions].
    let inputs steps =
        Tensor.cat 2 [| steps.State; steps.Action |]

    /// Change and reward, its scaled targets: [rows; steps; states + 1].
    let targets steps =
        Tensor.cat 2 [| change steps; steps.Reward |]
