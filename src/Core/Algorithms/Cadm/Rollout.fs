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
        let states, candidates = Ops.Size(state, 0), Ops.Size(sequences, 2)
        let last = model.Weights.Length - 1

        let layer x i =
            let y = Ops.MatMul(x, model.Weights[i]) .+ model.Biases[i]
            if i < last then Ops.Relu y else y

        let column i (y: Tensor) =
            Ops.Squeeze(Ops.Narrow(y, 1L, i, 1L), 1L)

        let start = Ops.Expand(Ops.Unsqueeze(state, 0L), [| candidates; states |])

        let zero = Ops.ZerosLike(column 0L start)

        let step (state, alive, total) (t, action: Tensor) =
            let x = Ops.Cat([| state; Ops.Transpose(action, 0L, 1L) |], 1L)
            let y = List.fold layer x [ 0..last ]
            let reward = model.Discount ** float (t: int) *. (alive .* column states y)

            let alive =
                if model.Terminates then
                    alive ./ (1.0 +. Ops.Exp(column (states + 1L) y))
                else
                    alive

            state .+ Ops.Narrow(y, 1L, 0L, states), alive, total .+ reward

        let _, _, total =
            Ops.Unbind(sequences, 0)
            |> Seq.indexed
            |> Seq.fold step (start, 1.0 +. zero, zero)

        total
