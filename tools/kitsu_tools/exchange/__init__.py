"""Tables and edits as files: CSV and XLSX; OTIO, EDL and FCP XML. Free of Kitsu and of MCP."""
