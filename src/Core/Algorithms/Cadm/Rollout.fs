namespace MtrlFunctional.Algorithms

open MtrlFunctional.Tensors

/// A model as dense layers with ReLU between them, from state and action to the change of the state, the reward and,
/// where episodes end, the logit of the end.
type PlanModel = {
    /// [inputs; units] of each layer.
    Weights: Tensor[]
    /// [units].
    Biases: Tensor[]
    /// γ, per step.
    Discount: float
    Terminates: bool
}

/// Returns of action sequences under a model.
module internal Rollout =
    /// Σ γᵗ rₜ of each sequence [steps; actions; candidates] from a state [states], where rₜ counts by the probability
    /// that no step before it ended the episode; [candidates].
    let returns (model: PlanModel) (state: Tensor) (sequences: Tensor) =
        let states, candidates = Tensor.size 0 state, Tensor.size 2 sequences
        let last = model.Weights.Length - 1

        let layer x i =
            let y = Tensor.matMul x model.Weights[i] .+ model.Biases[i]
            if i < last then Tensor.relu y else y

        let column i (y: Tensor) =
            Tensor.squeeze 1 (Tensor.narrow 1 i 1L y)

        let start = Tensor.expand [| candidates; states |] (Tensor.unsqueeze 0 state)

        let zero = Tensor.zerosLike (column 0L start)

        let step (state, alive, total) (t, action: Tensor) =
            let x = Tensor.cat 1 [| state; Tensor.transpose 0 1 action |]
            let y = List.fold layer x [ 0..last ]
            let reward = model.Discount ** float (t: int) *. (alive .* column states y)

            let alive =
                if model.Terminates then
                    alive ./ (1.0 +. Tensor.exp (column (states + 1L) y))
                else
                    alive

            state .+ Tensor.narrow 1 0L states y, alive, total .+ reward

        let _, _, total =
            Tensor.unbind 0 sequences
            |> Seq.indexed
            |> Seq.fold step (start, 1.0 +. zero, zero)

        total
