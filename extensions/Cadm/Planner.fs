/// Actions by planning in a context-aware dynamics model.
module MtrlFunctional.Cadm.Planner

open MtrlFunctional.Randomness
open MtrlFunctional.Tensors

/// Σ γᵗ rₜ of each sequence [steps; actions; candidates] from a state [states] under a model of dense layers
/// (`CadmModel.layers`), where rₜ counts by the probability that no step before it ended the episode; [candidates].
let returns (plan: PlanSettings) terminates layers (state: Tensor) (sequences: Tensor) =
    let states, candidates = Tensor.size 0 state, Tensor.size 2 sequences
    let dense x (weight, bias) = Tensor.matMul x weight .+ bias

    let predict x =
        layers
        |> List.tail
        |> List.fold (fun x layer -> dense (Tensor.relu x) layer) (dense x (List.head layers))

    let column i (y: Tensor) =
        Tensor.squeeze 1 (Tensor.narrow 1 i 1L y)

    let start = Tensor.expand [| candidates; states |] (Tensor.unsqueeze 0 state)

    let zero = Tensor.zerosLike (column 0L start)

    let step (state, alive, total) (t, action: Tensor) =
        let y = predict (Tensor.cat 1 [| state; Tensor.transpose 0 1 action |])
        let reward = plan.Discount ** float (t: int) *. (alive .* column states y)

        let alive =
            if terminates then
                alive ./ (1.0 +. Tensor.exp (column (states + 1L) y))
            else
                alive

        state .+ Tensor.narrow 1 0L states y, alive, total .+ reward

    let _, _, total =
        Tensor.unbind 0 sequences
        |> Seq.indexed
        |> Seq.fold step (start, 1.0 +. zero, zero)

    total

/// The first action of a plan for each observation, with the noise of row `i` by `noiseOf`: [groups; rows; actions].
let private planned (plan: PlanSettings) (agent: CadmAgent) (state: CadmState) obs noiseOf =
    let config = agent.Config
    let actions = int64 (CadmConfig.actionSize config)

    let shape = [| int64 plan.Iterations; int64 plan.Horizon; actions; int64 plan.Candidates |]

    let contexts = CadmModel.contextOf agent state obs
    let states = Steps.newestState config obs
    let row i (x: Tensor) = Tensor.narrow 0 i 1L x

    let first = [|
        for i in 0L .. Tensor.size 0 states - 1L ->
            Tensors.scope Seq.singleton (fun () ->
                let layers =
                    contexts
                    |> Option.map (row i)
                    |> CadmModel.layers agent (CadmModel.view agent state)

                let state = Tensor.contiguous (Tensor.squeeze 0 (row i states))

                returns plan config.Terminates layers state
                |> Cem.plan plan config.Actions (Tensor.reshape shape (noiseOf i))
                |> Tensor.select 0 0L
                |> Tensor.clone)
    |]

    Tensor.reshape [| Tensor.size 0 obs; Tensor.size 1 obs; actions |] (Tensor.stack 0 first)

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
