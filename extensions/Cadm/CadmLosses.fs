/// Losses of a context-aware dynamics model (Lee et al. 2020, arXiv:2005.06800, section 4).
module MtrlFunctional.Cadm.CadmLosses

open MtrlFunctional.Algorithms
open MtrlFunctional.Tensors

/// The inputs of an update from a part of a batch.
type Window = {
    /// The steps before those to predict.
    Before: Steps
    /// The steps to predict.
    Future: Steps
    /// 1 where the step ended the episode, [rows; steps; 1].
    Ends: Tensor
    /// Weight of a step, [rows; steps; 1]: 0 where it is absent.
    Weight: Tensor
}

/// The last step of a window is the step of the batch, whose next observation has all steps before it.
let windowOf (config: CadmConfig) (batch: Batch) : Window =
    let { History = history; Future = count } = config.Settings
    let steps = Steps.ofObservations config batch.NextObs
    let future = Steps.part 0 count steps
    let rows (x: Tensor) = Tensor.reshape [| -1L; 1L; 1L |] x

    {
        Before = Steps.part count history steps
        Future = future
        Ends =
            if count = 1 then
                rows batch.Terminal
            else
                // Earlier steps did not end the episode, since it went on.
                let others = Tensor.zerosLike (Tensor.narrow 1 1L (int64 count - 1L) future.Present)

                let last = Tensor.narrow 1 0L 1L future.Present
                Tensor.cat 1 [| rows batch.Terminal .* last; others |]
        Weight = rows batch.Weight .* future.Present
    }

/// Names of the losses in the log, and their weights.
let weights (config: CadmConfig) = [
    "dynamics_loss", 1.0
    "reward_model_loss", 1.0
    "backward_loss", config.Settings.BackwardWeight
    if config.Terminates then
        "end_loss", 1.0
]

/// The losses of a window, in the order of `weights`, each a mean over the steps of the batch, whose weights have the
/// sum `total`: squared errors of scaled changes forward, averaged over their numbers, of scaled rewards, of scaled
/// changes backward, and the cross entropy of ends.
let losses (agent: CadmAgent) (view: CadmModel.ModelView) total (window: Window) =
    let states = int64 agent.Config.StateSize
    let columns start count (x: Tensor) = Tensor.narrow 2 start count x
    let weight = window.Weight ./ total

    let mean (x: Tensor) =
        Tensor.sum (weight .* Tensor.meanDimKept 2 x)

    let context = CadmModel.context agent view window.Before
    let predicted = CadmModel.forward agent view context window.Future
    let targets = CadmModel.targets view window.Future

    let error start count =
        mean (Tensor.square (columns start count predicted .- columns start count targets))

    let back =
        CadmModel.backward agent view context window.Future .+ columns 0L states targets

    [
        error 0L states
        error states 1L
        mean (Tensor.square back)

        if agent.Config.Terminates then
            let logit = columns (states + 1L) 1L predicted
            mean (Tensor.softplus logit .- window.Ends .* logit)
    ]

/// The weighted sum of `losses`.
let total config (losses: Tensor list) =
    List.map2 (fun (_, weight) loss -> weight *. loss) (weights config) losses
    |> List.reduce (.+)
