namespace MtrlFunctional.Networks

open MtrlFunctional.Networks.RowDense

/// The features followed by the context, if there is one.
module internal AppendContext =
    let private build (sizes: InputSizes) =
        Module.plain (sizes.Features + sizes.Context) (fun input ->
            match input.Context with
            | None -> input.Rows
            | Some context -> Rows.append input.Rows context)

    /// The layer.
    let layer: Spec = {
        Spec.Of("AppendContext", [], fun _ _ sizes -> build sizes) with
            Describe = fun _ sizes -> $"followed by the task encoding of {sizes.Context}"
            UsesTask = true
            OnRow =
                fun source _ row ->
                    match source.RowContext, source.Context with
                    | Some z, _ -> Ok(Row.applyAll RowLayer.Join [ row; z ])
                    | None, None -> Ok row
                    | None, Some context ->
                        Ok(Row.apply (RowLayer.AppendTask(contextNumbers context)) row)
    }
