/// Experts and modules of networks as expressions over rows.
module internal MtrlFunctional.Networks.RowExperts

open MtrlFunctional.Networks.RowDense
open MtrlFunctional.Tensors

/// Parallel stacks of the same input at `path`, one behind the other.
let experts source path count layers x =
    let expert e =
        let own (x: Tensor) =
            Tensor.squeeze 0 (Tensor.narrow 0 (int64 e) 1L x)

        let layer i =
            let at name =
                own (weight source (Parameter.join path (string i)) name)

            affine (at "weight") (numbers 1 (at "bias"))

        stack layers layer x

    Row.applyAll RowLayer.Join [ for e in 0 .. count - 1 -> expert e ]

let private sizesOf (source: RowSource) (x: Row) = {
    Tasks = source.Tasks
    Features = x.Width
    Context =
        source.Context
        |> Option.map (fun x -> int (Tensor.size 2 x))
        |> Option.defaultValue 0
}

/// As `Experts`: the sum of all experts with the mixture weights of each task.
let mixture (source: RowSource) path (mixture: Mixture) x =
    let sizes = sizesOf source x

    let mixtureWeights =
        (Experts.mixtureWeights path sizes mixture).Run source.Weights {
            NetworkInput.ofTasks source.Tasks with
                Context = source.Context
        }

    experts source (Parameter.join path "expert") mixture.Experts mixture.Expert x
    |> Row.apply (RowLayer.Blend(contextNumbers mixtureWeights))

/// As `Experts`, with weights of each row: the products with the query are one layer of each task.
let scored (source: RowSource) path (mixture: Mixture) gate x =
    let sizes = sizesOf source x
    let experts', width = mixture.Experts, mixture.Expert.Output

    let query =
        (Gating.query (Experts.selectionPath path) sizes width gate).Run source.Weights {
            NetworkInput.ofTasks source.Tasks with
                Context = source.Context
        }
        |> values

    // Unit e of a task has its query at the outputs of expert e, 0 elsewhere.
    let products =
        Array.init (source.Tasks * experts' * width * experts') (fun i ->
            let row, e = i / experts' % (experts' * width), i % experts'

            if row / width = e then
                query[i / (experts' * width * experts') * width + row % width]
                / float32 gate.Temperature
            else
                0f)

    let outputs =
        experts source (Parameter.join path "expert") experts' mixture.Expert x

    let scores =
        outputs
        |> Row.apply (
            RowLayer.Dense {
                Weight = {
                    Shape = [ experts' * width; experts' ]
                    Sets = source.Tasks
                    Values = products
                }
                Bias = zeros experts'
            }
        )

    Row.applyAll (RowLayer.Product experts') [
        Row.apply (RowLayer.Softmax experts') scores
        outputs
    ]

/// The outputs of the experts of `Orthogonal`, made orthonormal.
let orthonormal source path (layers: OrthogonalLayers) x =
    experts source (Parameter.join path "expert") layers.Experts layers.Expert x
    |> Row.apply (RowLayer.Orthonormalise layers.Experts)

/// As `Orthogonal`.
let orthogonal source path (layers: OrthogonalLayers) x =
    orthonormal source path layers x
    |> Row.apply (RowLayer.Blend(numbers 1 (weight source path "task/weight")))

/// As `SoftModules`, where `read` is x ∘ z: P of it, times the outputs of the first modules; the mean of the second modules is one map of
/// all their inputs.
let softModules source path (soft: SoftLayers) read x =
    let at = Parameter.join path
    let one = { Hidden = []; Output = soft.Units; Activation = Relu }
    let modules = soft.Modules

    let routes =
        x
        |> read
        |> dense source (at "routing/0")
        |> activate Relu
        |> dense source (at "routing/1")
        |> Row.apply (RowLayer.Softmax modules)

    let first = experts source path modules one x |> activate Relu
    let second = weight source (at "1") "weight"
    let bias = Tensor.meanDim 0 (weight source (at "1") "bias")

    Row.applyAll (RowLayer.Product modules) [ routes; first ]
    |> affine

        (1.0 / float modules *. Tensor.reshape [| -1L; Tensor.size 2 second |] second)
        (numbers 1 bias)
