/// Updates that a number that is not finite stops.
module MtrlFunctional.Reliability.Tests.Refusal

open Expecto
open System
open System.Threading
open MtrlFunctional
open MtrlFunctional.Tensors
open MtrlFunctional.Training

/// The state by name, bit by bit.
let internal bits (learner: ILearner) =
    use _ = TorchSharp.torch.NewDisposeScope()

    [
        for name, x in learner.Named() ->
            name, Array.map BitConverter.DoubleToInt64Bits (Tensor.toDoubles x)
    ]

/// A copy of the state by name, of the surrounding scope.
let internal copy (learner: ILearner) =
    Map [ for name, x in learner.Named() -> name, Tensor.clone x ]

/// The message with which an update is refused; empty: it was accepted.
let message advance =
    try
        advance ()
        ""
    with :? MtrlException as e ->
        e.ExitCode |> equals ExitCode.Stopped
        e.Message

/// The same of the next update of a trainer, which may come after some steps.
let internal next (trainer: Trainer) =
    let updates = trainer.Learner.Updates

    message (fun () ->
        while trainer.Learner.Updates = updates do
            trainer.Advance(ignore, CancellationToken.None))

/// Puts a number into one place of a tensor of the state.
let internal inject (learner: ILearner) name (place: int64) (number: float) =
    use _ = TorchSharp.torch.NewDisposeScope()
    let state = copy learner
    let flat = Tensor.reshape [| -1L |] state[name]
    let slot = Tensor.narrow 0 (place % Tensor.count flat) 1L flat
    (Tensor.detach slot).copy_(Tensor.ofDoubles [| 1L |] [| number |]) |> ignore

    learner.Restore((fun name -> state.TryFind name |> Option.toObj), learner.Updates)
    |> isEmpty

/// With a number in a tensor of its state an update is refused, names the tensor and changes nothing. Afterwards the state is
/// as it was before the number; `check` sees the message before that.
let internal ofState (trainer: Trainer) name place number check =
    let learner = trainer.Learner
    use _ = TorchSharp.torch.NewDisposeScope()
    let before, updates = copy learner, learner.Updates
    inject learner name place number
    let broken = bits learner
    let message = next trainer

    message |> containsAll [ $"{name} is "; "before the update" ]
    learner.Updates |> equals updates
    bits learner |> equals broken
    check message

    learner.Restore((fun name -> before.TryFind name |> Option.toObj), updates)
    |> isEmpty

/// While a gradient is no number, an update is refused with a message that matches a pattern, and changes nothing. The next
/// one is done.
let internal ofGradient (broken: BrokenGradient) (trainer: Trainer) (pattern: string) =
    let learner = trainer.Learner
    let before, updates = bits learner, learner.Updates
    broken.From <- 0
    next trainer |> matches pattern
    learner.Updates |> equals updates
    bits learner |> equals before
    broken.From <- Int32.MaxValue
    next trainer |> isEmpty
    learner.Updates |> isAbove updates
