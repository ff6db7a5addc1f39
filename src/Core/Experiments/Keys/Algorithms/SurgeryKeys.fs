namespace MtrlFunctional.Experiments

open MtrlFunctional
open MtrlFunctional.Surgery

/// `agent.surgery.*`: how the gradients of tasks are combined.
type SurgeryKeys = {
    /// The word of the method; "none": the gradient of the mean loss.
    Method: string
    /// Every method with the values of its keys.
    Methods: MethodChoice list
}

/// Reading order: schema → chosen → surgery.
module internal SurgeryKeys =
    open Schema

    /// The key of the word.
    [<Literal>]
    let MethodKey = "agent.surgery.method"

    let private word (added: Method list) =
        Codec.part (List.map fst Methods.described @ List.map _.Name added) id
        |> Codec.orOfExtension "a method" added

    /// All methods with the values of their keys.
    let private each (methods: Method list) : Schema<MethodChoice list> =
        let schemas = methods |> List.map _.Keys

        {
            Keys = schemas |> List.collect _.Keys
            Read = fun source -> Results.all [ for schema in schemas -> schema.Read source ]
            Write = List.collect _.Values
        }

    /// The schema with the methods of the library and these.
    let schema (added: Method list) =
        record<SurgeryKeys> [
            key MethodKey (word added) (by _.Agent.Surgery) _.Method
            <| "how the gradients of tasks are combined. Ours"

            part (each (Methods.all @ added)) _.Methods
        ]

    /// The chosen method; None: no surgery.
    let chosen keys =
        keys.Methods |> List.tryFind (fun choice -> choice.Name = keys.Method)

    /// The method with its choices, for tasks of these names; None: no surgery.
    let surgery behaviour tasks keys : Surgery option =
        chosen keys
        |> Option.map (fun choice ->
            match choice.Surgery with
            | Some surgery -> surgery behaviour tasks
            | None -> AddedMethod.missing choice.Name)
