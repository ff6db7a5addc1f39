/// Context-aware dynamics models: an update as a pipeline of pure stages, and actions by planning.
///
/// Paper: Lee, Seo, Lee, Lee and Shin 2020, "Context-aware Dynamics Model for Generalization in Model-Based
/// Reinforcement Learning", arXiv:2005.06800, section 4 and appendix B. The paper gives the planner the reward
/// function; here rewards and ends of episodes are predicted, too.
///
/// Shapes: observations are frames (`History`), [tasks; rows; frames · frame].
module MtrlFunctional.Algorithms.Cadm

open MtrlFunctional.Randomness
open MtrlFunctional.Tensors

/// Improves one part of the state; its metrics stand before those measured earlier.
type private Stage = CadmAgent -> Batch -> CadmState * Metrics -> CadmState * Metrics

/// The inputs of an update from a part of a batch.
type private Window = {
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
let private windowOf (config: CadmConfig) (batch: Batch) : Window =
    let steps = batch.NextObs |> Steps.framesOf config |> Steps.ofFrames config
    let future = Steps.part 0 config.Future steps
    let rows (x: Tensor) = Tensor.reshape [| -1L; 1L; 1L |] x
    let isLast = Tensor.narrow 1 0L 1L future.Present

    {
        Before = Steps.part config.Future config.History steps
        Future = future
        Ends =
            if config.Future = 1 then
                rows batch.Terminal
            else
                // Earlier steps did not end the episode, since it went on.
                let others =
                    Tensor.zerosLike (Tensor.narrow 1 1L (int64 config.Future - 1L) future.Present)

                Tensor.cat 1 [| rows batch.Terminal .* isLast; others |]
        Weight = rows batch.Weight .* future.Present
    }

/// Updates the statistics that scale inputs and targets: each update counts once.
let private measure: Stage =
    fun agent batch (state, metrics) ->
        let future = (windowOf agent.Config batch).Future
        let weight = Tensor.reshape [| -1L; 1L; 1L |] batch.Weight .* future.Present

        let merge (running: Running) (x: Tensor) =
            let flat (x: Tensor) =
                Tensor.reshape [| 1L; -1L; Tensor.size 2 x |] x

            let mean, variance =
                RunningMoments.ofRows (RunningMoments.shares (flat weight)) (flat x)

            RunningMoments.merge 1.0 (Tensor.squeeze 0 mean) (Tensor.squeeze 0 variance) running

        Tensors.constant (fst >> CadmState.owns) (fun () ->
            {
                state with
                    Inputs = merge state.Inputs (Steps.inputs future)
                    Targets = merge state.Targets (Steps.targets future)
            },
            metrics)

/// Names of the losses in the log, and their weights.
let private weights (config: CadmConfig) = [
    "dynamics_loss", 1.0
    "reward_model_loss", 1.0
    "backward_loss", config.BackwardWeight
    if config.Terminates then
        "end_loss", 1.0
]

/// The losses of a window, in the order of `weights`, each a mean over the steps of the batch, whose weights have the
/// sum `total`: squared errors of scaled changes forward, averaged over their numbers, of scaled rewards, of scaled
/// changes backward, and the cross entropy of ends.
let private losses (agent: CadmAgent) (view: CadmModel.ModelView) total (window: Window) =
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

let private weighted config (losses: Tensor list) =
    List.map2 (fun (_, weight) loss -> weight *. loss) (weights config) losses
    |> List.reduce (.+)

/// Parameters as leaves of a recorded computation, with the statistics of a state.
let private leavesOf (agent: CadmAgent) (state: CadmState) : CadmModel.ModelView = {
    Weights = Layout.views agent.Layout state.Model.Values |> Gradient.leaves
    Inputs = state.Inputs
    Targets = state.Targets
}

/// A step of Adam against the gradient of the weighted sum of the losses.
let private fit: Stage =
    fun agent batch (state, metrics) ->
        let config, view = agent.Config, leavesOf agent state

        let total =
            Tensors.constant Seq.singleton (fun () -> Tensor.sum (windowOf config batch).Weight)

        let gradient, sums =
            Shards.run agent.Shards batch (fun part ->
                let each = windowOf config part |> losses agent view total

                let gradient, _ =
                    weighted config each |> Gradient.flat agent.Layout view.Weights []

                gradient, [| for loss in each -> Tensor.detach loss |])

        let measured = [
            for (name, _), value in Seq.zip (weights config) sums -> { Name = name; Value = value }
        ]

        let model = Shards.step agent.Shards config.Adam gradient state.Model
        { state with Model = model }, measured @ metrics

/// The loss of a batch, and its gradient in the layout of the agent, against which `update` steps.
let internal lossAndGradient (agent: CadmAgent) (state: CadmState) (batch: Batch) =
    let view = leavesOf agent state
    let window = windowOf agent.Config (Batch.normalise batch)

    let loss =
        losses agent view (Tensor.sum window.Weight) window |> weighted agent.Config

    let gradient, _ = Gradient.flat agent.Layout view.Weights [] loss
    Tensor.detach loss, gradient

/// One update. The given state is unchanged and stays usable; the result shares its unchanged tensors.
let update (agent: CadmAgent) (state: CadmState) (batch: Batch) : CadmState * Metrics =
    let owned (state, metrics) =
        Seq.append (CadmState.owns state) (Metrics.owns metrics)

    Tensors.scope owned (fun () ->
        let batch = Batch.normalise batch
        (state, []) |> measure agent batch |> fit agent batch)

/// The context of each observation, [tasks · rows; context]; none without a context.
let internal contextOf (agent: CadmAgent) (state: CadmState) obs =
    Steps.framesOf agent.Config obs
    |> Steps.ofFrames agent.Config
    |> Steps.part 0 agent.Config.History
    |> CadmModel.context agent (CadmModel.view agent state)

/// The first action of a plan for each observation, with the noise of row `i` by `noiseOf`: [groups; rows; actions].
let private planned (plan: PlanConfig) (agent: CadmAgent) (state: CadmState) (obs: Tensor) noiseOf =
    let config, search = agent.Config, plan.Search

    let shape = [|
        int64 search.Iterations
        int64 search.Horizon
        int64 (CadmConfig.actionSize config)
        int64 search.Candidates
    |]

    let contexts = contextOf agent state obs
    let states = Steps.framesOf config obs |> Steps.newestState config
    let row i (x: Tensor) = Tensor.narrow 0 i 1L x

    let actions = [|
        for i in 0L .. Tensor.size 0 states - 1L ->
            Tensors.scope Seq.singleton (fun () ->
                let model =
                    contexts
                    |> Option.map (row i)
                    |> CadmModel.planned plan agent (CadmModel.view agent state)

                let first = Tensor.contiguous (Tensor.squeeze 0 (row i states))
                let noise = Tensor.reshape shape (noiseOf i)
                let actions = Rollout.returns model first |> Cem.plan search config.Actions noise
                Tensor.clone (Tensor.select 0 0L actions))
    |]

    Tensor.reshape
        [| Tensor.size 0 obs; Tensor.size 1 obs; int64 (CadmConfig.actionSize config) |]
        (Tensor.stack 0 actions)

/// Planned actions for standard normal noise [groups; rows; noise]: as `actGreedily`, with candidates drawn by chance.
let act plan agent state (obs: Tensor) (noise: Tensor) =
    Tensors.constant Seq.singleton (fun () ->
        let rows = Tensor.reshape [| -1L; Tensor.size 2 noise |] noise
        planned plan agent state obs (fun i -> Tensor.select 0 i rows))

/// Planned actions, all from the same candidates: a function of observations.
let actGreedily plan agent (state: CadmState) (obs: Tensor) =
    Tensors.constant Seq.singleton (fun () ->
        let noise =
            Draw.normal (TensorOptions.ofTensor state.Model.Values) (Key.ofSeed 0L) [|
                int64 (CadmConfig.noiseSize plan agent.Config)
            |]

        planned plan agent state obs (fun _ -> noise))
