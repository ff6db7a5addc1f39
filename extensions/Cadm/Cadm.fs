/// Context-aware dynamics models: an update as a pipeline of pure stages.
///
/// Paper: Lee, Seo, Lee, Lee and Shin 2020, "Context-aware Dynamics Model for Generalization in Model-Based
/// Reinforcement Learning", arXiv:2005.06800, section 4 and appendix B. The paper gives the planner the reward
/// function; here rewards and ends of episodes are predicted, too.
///
/// Shapes: observations are frames (`History`), [tasks; rows; frames · frame].
module MtrlFunctional.Cadm.Cadm

open MtrlFunctional.Algorithms
open MtrlFunctional.Tensors

/// Improves one part of the state; its metrics stand before those measured earlier.
type private Stage = CadmAgent -> Batch -> CadmState * Metrics -> CadmState * Metrics

/// Updates the statistics that scale inputs and targets: each update counts once.
let private measure: Stage =
    fun agent batch (state, metrics) ->
        let window = CadmLosses.windowOf agent.Config batch

        let flat (x: Tensor) =
            Tensor.reshape [| 1L; -1L; Tensor.size 2 x |] x

        let merge (running: Running) (x: Tensor) =
            let mean, variance =
                RunningMoments.ofRows (RunningMoments.shares (flat window.Weight)) (flat x)

            RunningMoments.merge 1.0 (Tensor.squeeze 0 mean) (Tensor.squeeze 0 variance) running

        Tensors.constant (fst >> CadmState.owns) (fun () ->
            {
                state with
                    Inputs = merge state.Inputs (Steps.inputs window.Future)
                    Targets = merge state.Targets (Steps.targets window.Future)
            },
            metrics)

/// A step of Adam against the gradient of the weighted sum of the losses.
let private fit: Stage =
    fun agent batch (state, metrics) ->
        let config, view = agent.Config, CadmModel.view agent state
        let view = { view with Weights = Gradient.leaves view.Weights }

        let weight =
            Tensors.constant Seq.singleton (fun () ->
                Tensor.sum (CadmLosses.windowOf config batch).Weight)

        let gradient, sums =
            Shards.run agent.Shards batch (fun part ->
                let each = CadmLosses.windowOf config part |> CadmLosses.losses agent view weight

                let gradient, _ =
                    CadmLosses.total config each |> Gradient.flat agent.Layout view.Weights []

                gradient, [| for loss in each -> Tensor.detach loss |])

        let measured = [
            for (name, _), value in Seq.zip (CadmLosses.weights config) sums ->
                { Name = name; Value = value }
        ]

        {
            state with
                Model = Shards.step agent.Shards (CadmConfig.adam config) gradient state.Model
        },
        measured @ metrics

/// The tensors of a state with metrics.
let owns (state, metrics) =
    Seq.append (CadmState.owns state) (Metrics.owns metrics)

/// One update. The given state is unchanged and stays usable; the result shares its unchanged tensors.
let update (agent: CadmAgent) (state: CadmState) (batch: Batch) : CadmState * Metrics =
    Tensors.scope owns (fun () ->
        let batch = Batch.normalise batch
        (state, []) |> measure agent batch |> fit agent batch)
